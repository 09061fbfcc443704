"""A disk that is too small: a tmpfs in a mount namespace of its own, which needs root on Linux."""

import shlex
import shutil
import subprocess

import pytest

from tests.core.convert.in_process import command, outcome_of


@pytest.fixture
def on_small_disk(tmp_path):
    """A function that turns a command into one that sees a disk of `size` bytes, and lists what it left there."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def wrapped(size, command):
        script = f"mount -t tmpfs -o size={size} none {disk} && {shlex.join(command)} && ls {disk} >{tmp_path}/left"
        return ["unshare", "-m", "sh", "-c", script]

    if not shutil.which("unshare") or subprocess.run(wrapped(4096, ["true"]), capture_output=True).returncode:
        pytest.skip("no mount namespace here: A FULL DISK IS NOT TESTED")
    return wrapped


@pytest.mark.parametrize(
    ("space", "options", "message"),
    [
        (0.5, [], "There is too little space in"),
        (0.5, ["--endless-disk"], "The disk is full: model.gguf could not be finished."),
        (0.99, ["--endless-disk"], "The disk is full: model.gguf could not be finished."),
        (0.01, ["--endless-disk"], "The disk is full: model.gguf could not be finished."),
        (1.1, [], ""),
    ],
    ids=["noticed beforehand", "in the middle", "at the end", "in the header", "enough"],
)
def test_a_full_disk(space, options, message, tied_plan, tmp_path, on_small_disk):
    convert = command(tied_plan, tmp_path / "disk" / "model.gguf", tmp_path, *options)
    outcome = outcome_of(on_small_disk(round(space * tied_plan.byte_count), convert))
    assert outcome["message"].startswith(message)
    assert (outcome["error"], bool(outcome["hint"])) == (("TargetError", True) if message else ("", False))
    assert (tmp_path / "left").read_text().split() == ([] if message else ["model.gguf"])
