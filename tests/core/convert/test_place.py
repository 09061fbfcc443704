"""What may be replaced: a regular file and nothing else, however it came there."""

import os
import socket
import stat
import tempfile
from pathlib import Path

import pytest

from app.core.convert import convert, is_same_place, write_report
from app.core.convert.part_file import write_text
from app.core.convert.place import check_targets
from app.core.errors import TargetError


def pipe(path):
    os.mkfifo(path)


def listening(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def device(path):
    """A device of this test's own; no driver has this number."""
    if os.geteuid() != 0:
        pytest.skip("only root may make a device")
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(60, 60))  # numbers 60 to 63 are for local use
    except PermissionError:
        pytest.skip("no devices may be made here")


def link_to_a_file(path):
    path.with_name("precious").write_text("precious")
    path.symlink_to("precious")


def link_to_a_pipe(path):
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def dangling_link(path):
    path.symlink_to("nowhere")


def link_to_itself(path):
    path.symlink_to(path.name)


THINGS = [pipe, listening, device, link_to_a_file, link_to_a_pipe, dangling_link, link_to_itself]


@pytest.fixture
def short():
    """A folder with a short name: that of a socket has room for 104 bytes."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def state(folder):
    return {path.name: (path.lstat().st_mode, path.lstat().st_ino) for path in folder.iterdir()}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("make", THINGS)
def test_what_is_no_file_is_kept(make, overwrite, tied_plan, short):
    target = short / "model.gguf"
    make(target)
    before = state(short)
    calls: list[object] = []
    with pytest.raises(TargetError, match="already exists and is") as caught:
        convert(tied_plan, target, overwrite=overwrite, on_progress=calls.append)
    assert not calls  # before the work
    assert caught.value.hint
    assert state(short) == before


@pytest.mark.parametrize("make", THINGS)
def test_what_is_no_file_is_kept_when_it_comes_at_the_end(make, tied_plan, short):
    target = short / "model.gguf"
    target.write_text("old")
    states = []

    def exchange(progress):
        if progress.done == progress.total:
            target.unlink()
            make(target)
            states.append({name: one for name, one in state(short).items() if not name.endswith(".part")})

    with pytest.raises(TargetError, match="already exists and is"):
        convert(tied_plan, target, overwrite=True, on_progress=exchange)
    assert state(short) == states[-1]


@pytest.mark.parametrize(("write", "content"), [(write_report, {}), (write_text, "q=q8_0\n")])
@pytest.mark.parametrize("make", THINGS)
def test_small_files_too(make, write, content, short):
    make(short / "small.txt")
    before = state(short)
    with pytest.raises(TargetError, match="already exists and is"):
        write(short / "small.txt", content)
    assert state(short) == before


def test_a_link_says_where_it_leads(tied_plan, target):
    link_to_a_file(target)
    with pytest.raises(TargetError, match=r"is a link to .*/precious\.") as caught:
        convert(tied_plan, target, overwrite=True)
    assert caught.value.hint == "Use the file that it points to, or choose another name."
    assert target.with_name("precious").read_text() == "precious"


def test_a_folder_may_be_a_link(tied_plan, target, tmp_path):
    (tmp_path / "link").symlink_to(target.parent)
    convert(tied_plan, tmp_path / "link" / "model.gguf")
    assert target.stat().st_size == tied_plan.byte_count


def test_another_name_of_a_replaced_file_keeps_the_old_one(tied_plan, target):
    target.write_text("old")
    os.link(target, target.with_name("second"))
    convert(tied_plan, target, overwrite=True)
    assert target.with_name("second").read_text() == "old"


@pytest.mark.parametrize("other", ["model.gguf", "../out/model.gguf", "link/model.gguf", "MODEL.gguf"])
def test_two_ways_to_one_file(other, target, tmp_path):
    (target.parent / "link").symlink_to(target.parent)
    assert is_same_place(target, target.parent / other)
    with pytest.raises(TargetError, match="Two files would get the name"):
        check_targets([(target, 0), (target.parent / other, 0)], tmp_path / "model", overwrite=True)


def test_a_report_that_came_into_being_meanwhile_is_kept(tmp_path):
    report = tmp_path / "report.json"
    report.write_text("precious")
    with pytest.raises(TargetError, match="already exists"):
        write_report(report, {}, overwrite=False)
    assert report.read_text() == "precious"
