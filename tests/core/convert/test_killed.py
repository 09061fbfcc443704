"""Killed at any point: never a file under the final name that is not whole, and the next conversion is not hindered."""

import random
import subprocess
import time

import pytest

from app.core.convert import convert
from app.core.convert.place import part_path
from tests.core.convert.edit_folder import plan_of
from tests.core.convert.in_process import ROOT, command

SHARES = [0.0, *(random.Random(7).uniform(0.02, 0.95) for _ in range(6)), 1.0]  # of the file, when the kill comes


def test_killed_at_random_points(big_folder, target, tmp_path):
    plan = plan_of(big_folder)
    whole = tmp_path / "whole.gguf"
    convert(plan, whole)
    killed_in_the_middle = 0
    for share in SHARES:
        # each one finds what the one before has left
        _kill(command(plan, target, tmp_path, "--pause", "0.003"), target, round(share * plan.byte_count))
        killed_in_the_middle += part_path(target).exists()
        if target.exists():
            assert target.read_bytes() == whole.read_bytes()
            target.unlink()
    assert killed_in_the_middle >= len(SHARES) - 2
    convert(plan, target)
    assert target.read_bytes() == whole.read_bytes()
    assert list(target.parent.iterdir()) == [target]


def _kill(command, target, at_bytes):
    """Start and end with SIGKILL, when so many bytes are written or the file is there."""
    part = part_path(target)
    before = part.stat().st_mtime_ns if part.exists() else 0
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not target.exists() and not _reached(part, before, at_bytes):
        if time.monotonic() > deadline or process.poll():
            pytest.fail("the conversion did not get that far")
        time.sleep(0.0005)
    process.kill()
    process.wait()


def _reached(part, before, at_bytes):
    try:
        status = part.stat()
    except FileNotFoundError:
        return False
    return status.st_mtime_ns > before and status.st_size >= at_bytes
