"""Matrices of stacks that were split, in turn: the bytes of the whole stack, packed or not."""

from dataclasses import replace

import pytest

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.quantization import Quantization
from app.core.model.source_tensors import in_turn
from tests.core.weights.one_tensor import normal, plain, save_one

EXPERTS, ROWS, COLUMNS = 3, 4, 64
PACKINGS = [None, Quantization(4, 32), Quantization(3, 64), Quantization(4, 32, "mxfp4")]


def bytes_of(tensors: tuple[ModelTensor, ...]) -> list[bytes]:
    """What is stored for all of them, one after the other: words, scales, biases."""
    parts = zip(*(tensor.parts for tensor in tensors), strict=True)
    return [b"".join(p.file.path.read_bytes()[p.offset :][: p.byte_count] for p in part) for part in parts]


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda p: f"{p.mode}-{p.bits}" if p else "plain")
def test_what_was_split_is_whole_again(packing, tmp_path):
    values = normal(EXPERTS, 2 * ROWS, COLUMNS)
    whole = save_one(tmp_path / "whole", values, packing=packing)
    halves = tuple(save_one(tmp_path / str(i), values[:, i * ROWS : (i + 1) * ROWS], packing=packing) for i in range(2))
    matrices = in_turn(halves)
    assert [matrix.shape for matrix in matrices] == [(ROWS, COLUMNS)] * 2 * EXPERTS
    assert bytes_of(matrices) == bytes_of((whole,))
    assert {(matrix.dtype, matrix.quantization) for matrix in matrices} == {(whole.dtype, whole.quantization)}


@pytest.mark.parametrize(
    "shapes",
    [((3, 4, 8), (2, 4, 8)), ((3, 4, 8), (3, 2, 8)), ((4, 8), (4, 8)), ((0, 4, 8), (0, 4, 8)), ((1025, 1, 1),) * 2],
    ids=str,
)
def test_stacks_that_are_not_alike_stay_as_they_are(shapes):
    stacks = tuple(plain("BF16", *shape) for shape in shapes)
    assert in_turn(stacks) == stacks


def test_scales_of_another_number_of_experts_are_left_to_the_plan():
    stack = plain("BF16", 3, 4, 8)
    other = replace(stack, scales=plain("BF16", 2, 4, 1).stored)
    assert in_turn((stack, other)) == (stack, other)
