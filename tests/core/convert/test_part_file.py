"""Where a file may be written, and what is never touched."""

import errno
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.core.convert import convert, part_file, place
from app.core.errors import TargetError
from tests.core.convert.edit_folder import plan_of
from tests.core.convert.in_process import command, outcome_of

NOBODY = 65534


def refused(plan, target, match, **how):
    with pytest.raises(TargetError, match=match) as caught:
        convert(plan, target, **how)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("missing/model.gguf", "does not exist"),
        ("model.gguf.part", "is not a name"),
        ("", "is a folder"),
        ("x" * 300, "File name too long"),
    ],
)
def test_places_that_cannot_work(name, match, tied_plan, target):
    refused(tied_plan, target.parent / name, match, overwrite=True)
    assert not list(target.parent.iterdir())


def test_a_relative_target_lies_in_the_working_folder(tied_plan, target, monkeypatch):
    monkeypatch.chdir(target.parent)
    assert convert(tied_plan, Path(target.name)).path == target
    assert target.is_file()


@pytest.mark.parametrize("way", ["straight", "through a symlink", "in a folder below"])
def test_the_model_folder_is_only_read(way, tied_folder, copy_folder, tmp_path):
    model = copy_folder(tied_folder)
    (model / "below").mkdir()
    (tmp_path / "link").symlink_to(model)
    before = snapshot(model)
    folder = {"straight": model, "through a symlink": tmp_path / "link", "in a folder below": model / "below"}[way]
    refused(plan_of(model), folder / "model.gguf", "is in the model folder", overwrite=True)
    refused(plan_of(model), folder / "model.safetensors", "is in the model folder", overwrite=True)
    assert snapshot(model) == before


@pytest.mark.parametrize("mode", [0o555, 0o444, 0o000])
def test_a_folder_without_permission(mode, tied_plan, tmp_path):
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders may not be entered by others
        folder = Path(name, "closed")
        folder.mkdir()
        Path(name).chmod(0o755)
        folder.chmod(mode)
        user = ["--user", str(NOBODY)] if os.geteuid() == 0 else []
        outcome = outcome_of(command(tied_plan, folder / "model.gguf", tmp_path, *user))
        folder.chmod(0o755)
        assert outcome["error"] == "TargetError"
        assert outcome["hint"]
        assert not list(folder.iterdir())


def test_an_existing_file_is_kept(tied_plan, target):
    target.write_text("precious")
    refused(tied_plan, target, "already exists")
    assert target.read_text() == "precious"


def test_a_file_that_comes_into_being_meanwhile_is_kept(tied_plan, target):
    refused(tied_plan, target, "already exists", on_progress=lambda _: target.write_text("precious"))
    assert target.read_text() == "precious"
    assert list(target.parent.iterdir()) == [target]


def test_a_link_to_nowhere_is_kept(tied_plan, target):
    target.symlink_to("nowhere")
    refused(tied_plan, target, "already exists")
    assert target.is_symlink()


def test_an_old_file_stays_until_the_new_one_is_whole(tied_plan, target):
    target.write_text("old")
    seen = []
    convert(tied_plan, target, overwrite=True, on_progress=lambda _: seen.append(target.read_text()))
    assert set(seen) == {"old"}
    assert target.stat().st_size == tied_plan.byte_count
    assert list(target.parent.iterdir()) == [target]


def test_the_bytes_are_on_disk_before_the_file_has_its_name(tied_plan, target, monkeypatch):
    flushed = []

    def fsync(descriptor):
        flushed.append((os.fstat(descriptor).st_size, target.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(part_file, "FLUSH_SECONDS", 60)  # none before the last one
    convert(tied_plan, target)
    assert flushed == [(tied_plan.byte_count, False)]


def test_bytes_go_to_the_disk_while_others_are_computed(tied_plan, target, monkeypatch):
    flushed = []
    monkeypatch.setattr(part_file, "FLUSH_SECONDS", 0)
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_size))
    convert(tied_plan, target)
    assert any(0 < size < tied_plan.byte_count for size in flushed)


def test_a_disk_that_fails_early_is_not_forgotten(tied_plan, target, monkeypatch):
    """It tells so once: what fails at the first flush need not fail at the last one."""
    failures = iter([OSError(errno.EIO, "Input/output error")])

    def fsync(_):
        for failure in failures:
            raise failure

    monkeypatch.setattr(part_file, "FLUSH_SECONDS", 0)
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(TargetError, match="Input/output error"):
        convert(tied_plan, target)
    assert not list(target.parent.iterdir())


def test_an_old_file_survives_a_conversion_that_fails(tied_plan, target):
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        convert(tied_plan, target, overwrite=True, on_progress=_interrupt)
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def _interrupt(_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("start", [b"", b"GG", b"GGUF", b"GGUF and half of the tensors"])
def test_what_a_killed_conversion_left_is_replaced(start, tied_plan, target):
    place.part_path(target).write_bytes(start)
    convert(tied_plan, target)
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_size == tied_plan.byte_count


def foreign_file(part):
    part.write_text("precious")


def link(part):
    part.with_name("victim").write_bytes(b"GGUF precious")
    part.symlink_to("victim")


def link_to_nothing(part):
    part.symlink_to("nowhere")


def pipe(part):
    os.mkfifo(part)


@pytest.mark.parametrize("make", [foreign_file, link, link_to_nothing, Path.mkdir, pipe])
def test_what_others_put_under_the_part_name_is_not_touched(make, tied_plan, target):
    make(place.part_path(target))
    before = snapshot(target.parent)
    refused(tied_plan, target, r"model\.gguf\.part")
    assert snapshot(target.parent) == before


def snapshot(folder):
    return {
        path: (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")
    }


def test_the_second_of_two_conversions_to_one_file_is_refused(tied_plan, target):
    refusals: list[TargetError] = []

    def start_another(_):
        if not refusals:
            refusals.append(refused(tied_plan, target, "being written by another conversion", overwrite=True))

    convert(tied_plan, target, on_progress=start_another)
    assert refusals
    assert target.stat().st_size == tied_plan.byte_count


@pytest.mark.parametrize("end", [Path.unlink, lambda part: part.replace(part.with_name("model.gguf"))])
def test_a_conversion_that_ends_while_another_waits_for_the_lock(end, tied_plan, target, monkeypatch):
    """The lock that the other gets is then one on a file that has lost its name."""
    real = part_file._lock

    def lock_late(descriptor, path):
        end(path)
        real(descriptor, path)

    monkeypatch.setattr(part_file, "_lock", lock_late)
    refused(tied_plan, target, "being written by another conversion", overwrite=True)
    assert not place.part_path(target).exists()


def test_space_of_a_leftover_counts_as_free(tied_plan, target, monkeypatch):
    part = place.part_path(target)
    part.write_bytes(b"GGUF" + bytes(1000))
    usage = SimpleNamespace(free=tied_plan.byte_count - 1004)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    convert(tied_plan, target)
