"""Conversions with an importance matrix: chunks and threads do not show, a changed file does."""

from dataclasses import replace

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, convert_all, prepare_plan
from app.core.errors import ConversionError
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.core.plan.types.tensor_choices import parse_choice
from app.core.weights.imatrix_file import read_imatrix
from tests.core.convert.edit_folder import plan_of
from tests.core.imatrix_by_hand import entries_for, shapes_of, write_imatrix
from tests.golden.mix_models import save_case


@pytest.fixture(scope="module")
def experts(tmp_path_factory):
    """A folder with experts, and its importance matrix."""
    root = tmp_path_factory.mktemp("experts")
    folder = save_case("four-experts", root / "four-experts")
    return folder, write_imatrix(root / "imatrix.gguf", entries_for(shapes_of(plan_of(folder, "q4_k_m"))))


def weighted(experts, output_type="q4_k_m", *choices):
    folder, imatrix = experts
    options = PlanOptions(
        OutputType(output_type), tensor_types=tuple(map(parse_choice, choices)), imatrix=read_imatrix(imatrix)
    )
    return prepare_plan(open_checkpoint(folder), options)


def test_chunks_and_threads_do_not_show(experts, target, small_chunks):
    plan = weighted(experts, "q4_k_m", "blk.1.ffn_up=iq2_xxs")
    convert(plan, target, threads=1)
    whole = target.read_bytes()
    for size in (256 * 7, 256 * 300):
        small_chunks(size)
        convert(plan, target, overwrite=True, threads=3)
        assert target.read_bytes() == whole, size


def test_it_changes_blocks_and_no_other_bytes(experts, target):
    plan = weighted(experts)
    convert(plan, target)
    without = replace(plan, tensors=tuple(replace(tensor, importance=None) for tensor in plan.tensors))
    other = target.with_name("without.gguf")
    convert(without, other)
    assert target.stat().st_size == other.stat().st_size
    assert target.read_bytes() != other.read_bytes()


def test_a_matrix_that_changed_is_refused(experts, target):
    plan = weighted(experts)
    imatrix = experts[1]
    data = imatrix.read_bytes()
    imatrix.write_bytes(data + b"x")
    try:
        with pytest.raises(ConversionError, match=r"imatrix\.gguf has changed"):
            convert(plan, target)
    finally:
        imatrix.write_bytes(data)
    assert not list(target.parent.iterdir())


def test_several_types_with_one_matrix(experts, target):
    types = ("q4_k_m", "q8_0", "iq4_xs", "f16")
    plans = [weighted(experts, kind) for kind in types]
    targets = [target.with_name(f"{kind}.gguf") for kind in types]
    convert_all(list(zip(plans, targets, strict=True)))
    for plan, file in zip(plans, targets, strict=True):
        convert(plan, target, overwrite=True)
        assert file.read_bytes() == target.read_bytes()
