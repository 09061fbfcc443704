"""What other programs do to a file while it is written: noticed, told in words, and never given the final name."""

import os
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.core.convert import convert
from app.core.convert.part_file import part_file
from app.core.convert.part_stream import PartStream
from app.core.convert.place import part_path
from app.core.errors import TargetError
from tests.core.convert.edit_folder import plan_of


def once(action, share=0.5):
    """A callback that does something to the part file when so much of it is written."""
    done: list[object] = []

    def call(progress):
        if not done and progress.done >= share * progress.total:
            done.append(action())

    return call


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("keep", [0, 1, 1000])
def test_a_file_that_is_cut(share, keep, tied_plan, target):
    part = part_path(target)
    with pytest.raises(TargetError, match=r"Another program truncated .*model\.gguf\.part") as caught:
        convert(tied_plan, target, on_progress=once(lambda: os.truncate(part, keep), share))
    assert caught.value.hint
    assert not list(target.parent.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_file_that_another_program_writes_to(share, tied_plan, target):
    def write():
        with part_path(target).open("ab") as file:
            file.write(b"something")

    with pytest.raises(TargetError, match="Another program wrote to"):
        convert(tied_plan, target, on_progress=once(write, share))
    assert not list(target.parent.iterdir())


def test_cut_at_any_moment(big_folder, target):
    """By a thread, at random times: whole, or not there at all."""
    plan, part, seen = plan_of(big_folder), part_path(target), {"whole": 0, "cut": 0}
    whole = convert(plan, target).path.read_bytes()
    target.unlink()
    seconds = convert(plan, target).seconds  # the second is as fast as those to come
    for seed in range(12):
        target.unlink(missing_ok=True)
        cutting = threading.Thread(target=_cut, args=(part, random.Random(seed).uniform(0, seconds)))
        cutting.start()
        outcome = _outcome(plan, target)
        cutting.join()
        seen[outcome] += 1
        assert target.exists() == (outcome == "whole")
        if target.exists():
            assert target.read_bytes() == whole
        else:
            assert not list(target.parent.iterdir())
    assert seen["cut"] > 1


def _outcome(plan, target):
    try:
        convert(plan, target)
    except TargetError as error:
        return "cut" if "Another program truncated" in error.message else error.message
    return "whole"


def _cut(part: Path, seconds: float) -> None:
    time.sleep(seconds)
    with suppress(FileNotFoundError):
        os.truncate(part, part.stat().st_size // 2)


def unlink(part):
    part.unlink()


def replace_by_a_file(part):
    part.unlink()
    part.write_text("precious")


def replace_by_a_link(part):
    part.rename(part.with_name("elsewhere"))
    part.symlink_to("elsewhere")


def replace_by_a_folder(part):
    part.unlink()
    part.mkdir()


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("change", [unlink, replace_by_a_file, replace_by_a_link, replace_by_a_folder])
def test_a_name_that_is_taken_away(change, share, tied_plan, target):
    """What another program has put there is its own: it stays."""
    part, left = part_path(target), {}

    def act():
        change(part)
        left.update({path.name: path.lstat().st_ino for path in target.parent.iterdir()})

    with pytest.raises(TargetError, match="Another program moved, removed or replaced") as caught:
        convert(tied_plan, target, on_progress=once(act, share))
    assert caught.value.hint
    assert {path.name: path.lstat().st_ino for path in target.parent.iterdir()} == left


def test_others_files_stay_when_a_conversion_fails(tied_plan, target):
    part = part_path(target)

    def act():
        replace_by_a_file(part)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(tied_plan, target, on_progress=once(act))
    assert part.read_text() == "precious"


def test_bytes_go_to_the_file_that_was_locked(target):
    """Not to one that has its name by now."""
    part, victim = part_path(target), target.with_name("victim")
    victim.write_text("precious")
    with suppress(TargetError), part_file(target, overwrite=False) as file:
        part.unlink()
        part.symlink_to(victim)
        file.write(b"GGUF")
    assert victim.read_text() == "precious"


def test_counts_what_it_writes(tmp_path):
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    with PartStream(descriptor, tmp_path / "file") as stream:
        assert [stream.write(b"123"), stream.write(b""), stream.write(bytes(1 << 20))] == [3, 0, 1 << 20]
        stream.check()
    assert stream.written == os.fstat(descriptor).st_size == 3 + (1 << 20)
    os.close(descriptor)
