"""Several files in one go: the folder is read once, and each file is what it would be alone."""

import shutil
from types import SimpleNamespace

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, convert_all
from app.core.convert.place import part_path
from app.core.errors import Cancelled, ConversionError, PlanError, TargetError
from app.core.ggml_types import OutputType
from app.core.plan import HeadChoice, PlanOptions
from app.core.progress import Progress
from tests.core.convert.edit_folder import plan_of, set_bits
from tests.core.counted_reads import counted_reads
from tests.planning import prepare_plans

TYPES = tuple(OutputType)


def orders(folder, target, types=TYPES):
    plans = prepare_plans(open_checkpoint(folder), PlanOptions(), map(OutputType, types))
    return [(plan, target.with_name(f"{plan.options.output_type.value}.gguf")) for plan in plans]


@pytest.mark.parametrize(("folder", "threads"), [("changed_folder", 1), ("quantized_folder", 3), ("float32_folder", 3)])
def test_same_bytes_as_one_by_one(folder, threads, request, target):
    given = orders(request.getfixturevalue(folder), target)
    written = convert_all(given, threads=threads)
    for (plan, path), one in zip(given, written, strict=True):
        alone = convert(plan, target, overwrite=True)
        assert (one.path, one.byte_count, one.errors) == (path, plan.byte_count, alone.errors)
        assert path.read_bytes() == target.read_bytes()
    assert {path.name for path in target.parent.iterdir()} == {target.name, *(path.name for _, path in given)}


@pytest.mark.parametrize("folder", ["tied_folder", "quantized_folder"])
def test_the_folder_is_read_once(folder, request, target, monkeypatch):
    given = orders(request.getfixturevalue(folder), target)
    reads = counted_reads(monkeypatch)
    convert(*given[0])
    alone = sum(reads)
    given[0][1].unlink()
    reads.clear()
    convert_all(given)
    assert sum(reads) == alone > 100_000


def test_progress_is_that_of_all_files(tied_folder, target):
    calls: list[Progress] = []
    given = orders(tied_folder, target, ("q8_0", "q4_0", "bf16"))
    convert_all(given, on_progress=calls.append)
    total = sum(tensor.byte_count for plan, _ in given for tensor in plan.tensors)
    assert {call.total for call in calls} == {total}
    assert calls[-1].done == total
    assert [call.item for call in calls] == [tensor.name for tensor in given[0][0].tensors]


@pytest.mark.parametrize("at", [1, 20, "last"])
def test_cancelling_leaves_nothing(at, tied_folder, target):
    given = orders(tied_folder, target, ("q8_0", "q4_0", "bf16"))
    left = [len(given[0][0].tensors) if at == "last" else at]

    def is_cancelled():
        left[0] -= 1
        return left[0] <= 0

    with pytest.raises(Cancelled):
        convert_all(given, is_cancelled=is_cancelled)
    assert left[0] == 0
    assert not list(target.parent.iterdir())


def test_one_bad_value_leaves_nothing(tied_folder, copy_folder, target):
    folder = copy_folder(tied_folder)
    set_bits(folder, "model.layers.5.mlp.up_proj.weight", [-1], 0x4780)  # 65536: too large for F16 only
    with pytest.raises(ConversionError, match="too large for F16"):
        convert_all(orders(folder, target, ("bf16", "f16", "f32")))
    assert not list(target.parent.iterdir())
    assert len(convert_all(orders(folder, target, ("bf16", "f32")))) == 2


def test_no_file_has_its_name_before_all_are_whole(tied_folder, target):
    given = orders(tied_folder, target, ("q8_0", "q4_0"))
    seen = set()
    convert_all(given, on_progress=lambda _: seen.add(tuple(sorted(path.name for path in target.parent.iterdir()))))
    assert seen == {tuple(sorted(part_path(path).name for _, path in given))}


def test_a_file_that_comes_into_being_meanwhile_is_kept_and_what_was_finished_too(tied_folder, target):
    given = orders(tied_folder, target, ("q8_0", "q4_0", "bf16"))
    with pytest.raises(TargetError, match=r"q4_0\.gguf already exists"):
        convert_all(given, on_progress=lambda _: given[1][1].write_text("precious"))
    assert given[1][1].read_text() == "precious"
    left = {path.name for path in target.parent.iterdir()}
    assert not any(name.endswith(".part") for name in left)
    convert(given[2][0], target)
    if given[2][1].exists():  # had its name already, and is whole
        assert given[2][1].read_bytes() == target.read_bytes()


def test_two_files_of_one_name_are_refused(tied_folder, target):
    plan = plan_of(tied_folder)
    with pytest.raises(TargetError, match="Two files"):
        convert_all([(plan, target), (plan, target)])
    assert not list(target.parent.iterdir())


def test_space_is_needed_for_all(tied_folder, target, monkeypatch):
    given = orders(tied_folder, target, ("q8_0", "bf16"))
    needed = sum(plan.byte_count for plan, _ in given)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed - 1))
    with pytest.raises(TargetError, match=f"{needed:,} bytes are needed"):
        convert_all(given)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed))
    assert len(convert_all(given)) == 2


def test_plans_of_different_tensors_are_refused(changed_folder, target):
    shared = prepare_plans(open_checkpoint(changed_folder), PlanOptions(head=HeadChoice.SHARE), [OutputType.Q8_0])
    with pytest.raises(PlanError, match="different tensors"):
        convert_all([(shared[0], target), (plan_of(changed_folder), target.with_name("other.gguf"))])
    assert not list(target.parent.iterdir())


def test_any_plan_that_is_stopped_stops_all(tied_folder, target):
    from tests.planning import make_plan

    with pytest.raises(PlanError, match="not final"):
        convert_all([(plan_of(tied_folder), target), (make_plan(open_checkpoint(tied_folder)), target.with_name("b"))])
    assert not list(target.parent.iterdir())
