"""Stacks cut another way: the bytes of the whole stack, or of the halves that mlx-lm saves, packed or not."""

from dataclasses import replace

import pytest

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.quantization import Quantization
from app.core.model.pieces import in_turn, shares
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
def test_stacks_that_are_not_alike_have_no_pieces(shapes):
    assert in_turn(tuple(plain("BF16", *shape) for shape in shapes)) == ()


def test_scales_of_another_number_of_experts_are_left_to_the_plan():
    stack = plain("BF16", 3, 4, 8)
    other = replace(stack, scales=plain("BF16", 2, 4, 1).stored)
    assert in_turn((stack, other)) == ()
    assert shares(other, 0, 2) == ()


@pytest.mark.parametrize("packing", PACKINGS, ids=lambda p: f"{p.mode}-{p.bits}" if p else "plain")
def test_halves_of_the_rows_are_what_mlx_saves_of_them(packing, tmp_path):
    values = normal(EXPERTS, 2 * ROWS, COLUMNS)
    whole = save_one(tmp_path / "whole", values, packing=packing)
    for number in range(2):
        half = save_one(tmp_path / str(number), values[:, number * ROWS : (number + 1) * ROWS], packing=packing)
        matrices = shares(whole, number, 2)
        assert [matrix.shape for matrix in matrices] == [(ROWS, COLUMNS)] * EXPERTS
        assert bytes_of(matrices) == bytes_of((half,))
        assert {(matrix.dtype, matrix.quantization) for matrix in matrices} == {(whole.dtype, whole.quantization)}


def test_rows_that_have_no_halves_have_no_shares():
    for shape in ((3, 5, 8), (5, 8), (4,), (), (2, 3, 4, 8), (1025, 2, 1)):
        assert shares(plain("BF16", *shape), 0, 2) == ()


def test_a_matrix_alone_has_shares_too(tmp_path):
    values = normal(2 * ROWS, COLUMNS)
    whole = save_one(tmp_path / "whole", values, packing=PACKINGS[1])
    for number in range(2):
        half = save_one(tmp_path / str(number), values[number * ROWS :][:ROWS], packing=PACKINGS[1])
        assert bytes_of(shares(whole, number, 2)) == bytes_of((half,))


@pytest.mark.parametrize("of", [1, 2])
def test_a_matrix_keeps_its_global_scale(of):
    scales, numbers = plain("U8", 3, 4, 2).stored, plain("F32", 3, 1, 1).stored
    stack = replace(plain("BF16", 3, 4, 32), scales=scales, global_scale=replace(numbers, offset=8, byte_count=12))
    pieces = in_turn((stack,)) if of == 1 else shares(stack, 1, of)
    found = [piece.global_scale for piece in pieces if piece.global_scale]
    assert [(one.offset, one.byte_count) for one in found] == [(8, 4), (12, 4), (16, 4)]
