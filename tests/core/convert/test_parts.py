"""A model in several files: all of them or none, the first one last."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, convert_all, report_data, sha256_of
from app.core.convert.place import part_path
from app.core.errors import Cancelled, ConversionError, TargetError
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions, plan_paths, planned_files
from tests.planning import prepare_plans

MOST = 10**6


def divided(folder, *types, most=MOST):
    return prepare_plans(open_checkpoint(folder), PlanOptions(split_max_size=most), map(OutputType, types))


@pytest.fixture
def plan(tied_folder):
    (found,) = divided(tied_folder, "bf16")
    return found


def put(path):
    path.write_text("precious")


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_several_types_are_divided_each_in_its_own_way(tied_folder, target):
    plans = divided(tied_folder, "f32", "q8_0", "bf16")
    orders = [(plan, target.with_name(f"{plan.options.output_type}.gguf")) for plan in plans]
    together = convert_all(orders)
    assert [len(one.paths) for one in together] == [5, 2, 3]
    for order, one in zip(orders, together, strict=True):
        before = [path.read_bytes() for path in one.paths]
        assert sum(map(len, before)) == one.byte_count == order[0].byte_count
        alone = convert(*order, overwrite=True)
        assert alone.paths == one.paths
        assert [path.read_bytes() for path in alone.paths] == before
    assert names(target.parent) == {path.name for one in together for path in one.paths}


def test_a_model_that_fits_into_one_file_is_the_same_as_ever(tied_folder, target):
    (plan,) = divided(tied_folder, "q8_0", most=10**9)
    (whole,) = divided(tied_folder, "q8_0", most=None)
    written = convert(plan, target)
    assert written.paths == (target,)
    content = target.read_bytes()
    convert(whole, target, overwrite=True)
    assert target.read_bytes() == content


def test_a_target_without_an_ending_is_the_beginning_of_the_names(plan, target):
    assert convert(plan, target.with_name("some.name")).path.name == "some.name-00001-of-00003.gguf"


@pytest.mark.parametrize("at", [1, 50, "last"])
def test_cancelling_leaves_nothing(at, plan, target):
    left = [len(plan.tensors) if at == "last" else at]

    def is_cancelled():
        left[0] -= 1
        return left[0] <= 0

    with pytest.raises(Cancelled):
        convert(plan, target, is_cancelled=is_cancelled)
    assert not names(target.parent)


def test_no_part_has_its_name_before_all_are_whole(plan, target):
    seen = set()
    convert(plan, target, on_progress=lambda _: seen.add(tuple(sorted(names(target.parent)))))
    assert seen == {tuple(part_path(path).name for path in plan_paths(plan, target))}


def test_the_first_part_gets_its_name_last(plan, target, monkeypatch):
    renamed, real = [], Path.replace

    def replace_path(one, to):
        renamed.append(to.name)
        return real(one, to)

    monkeypatch.setattr(Path, "replace", replace_path)
    written = convert(plan, target)
    assert renamed == [path.name for path in reversed(written.paths)]


@pytest.mark.parametrize("fails", [0, 1, 2])
def test_a_name_that_cannot_be_given_leaves_no_part(fails, plan, target, monkeypatch):
    real, unlucky = Path.replace, plan_paths(plan, target)[fails]

    def replace_path(one, to):
        if to == unlucky:
            raise OSError(5, "Input/output error")
        return real(one, to)

    monkeypatch.setattr(Path, "replace", replace_path)
    with pytest.raises(TargetError, match="Input/output error"):
        convert(plan, target)
    assert not names(target.parent)


@pytest.mark.parametrize("number", [0, 2])
def test_a_part_that_exists_is_kept(number, plan, target):
    path = plan_paths(plan, target)[number]
    path.write_text("precious")
    with pytest.raises(TargetError, match="already exists"):
        convert(plan, target)
    assert path.read_text() == "precious"
    assert names(target.parent) == {path.name}
    assert path in convert(plan, target, overwrite=True).paths


def test_a_part_that_comes_into_being_meanwhile_is_kept(plan, target):
    path = plan_paths(plan, target)[1]
    with pytest.raises(TargetError, match="already exists"):
        convert(plan, target, on_progress=lambda _: put(path))
    assert path.read_text() == "precious"
    assert names(target.parent) == {path.name}


def test_the_report_has_a_digest_of_each_part(plan, target):
    written = convert(plan, target)
    data = report_data(plan, written, *map(sha256_of, written.paths))
    assert [part["name"] for part in data["parts"]] == [path.name for path in written.paths]
    assert [part["sha256"] for part in data["parts"]] == [sha256_of(path) for path in written.paths]
    assert [part["byte_count"] for part in data["parts"]] == [path.stat().st_size for path in written.paths]
    assert sum(part["tensor_count"] for part in data["parts"]) == len(plan.tensors)
    assert data["file"]["name"] == written.path.name
    assert data["file"]["sha256"] == sha256_of(written.path)


def test_a_part_of_another_size_than_planned_is_refused(plan, target, monkeypatch):
    def larger(one):
        return tuple(replace(file, byte_count=file.byte_count + 32) for file in planned_files(one))

    monkeypatch.setattr("app.core.convert.converter.planned_files", larger)
    with pytest.raises(ConversionError, match="instead of the planned"):
        convert(plan, target)
    assert not names(target.parent)
