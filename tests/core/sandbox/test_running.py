"""No child outlives the program that waits for it, and none is waited for when the program ends."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.errors import CheckpointError
from app.core.sandbox import SandboxError, no_children, run
from app.core.tokenizer import pre_tokenizer, try_text
from app.core.tokenizer.read import EMPTY
from app.core.tokenizer.tokenizer_json import TokenizerFile
from tests.core.sandbox.hostile_templates import ENDLESS, render
from tests.core.sandbox.processes import TOLERANCE, children_of, is_there, wait_until
from tests.tiny_checkpoints import RESAVED_TOKENIZER

WAITING = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
PARENT = """
import sys
from app.core.sandbox import run_in_sandbox
run_in_sandbox("render", {"template": sys.argv[1], "variables": {}}, seconds=60)
"""
# Sleeps on the work, which costs no time that the system would count
SLEEPER = """
import app.core.sandbox.child as child, time
child._perform = lambda *_: time.sleep(60)
child._watch = lambda *_: None
child.main()
"""


def test_what_runs_is_ended_at_once(monkeypatch, tmp_path):
    started = tmp_path / "pid"
    monkeypatch.setattr(run, "_command", lambda: [sys.executable, "-c", WAITING, str(started)])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(render, "", seconds=60)
        wait_until(lambda: started.exists() and started.read_text())
        begin = time.monotonic()
        with no_children():
            assert isinstance(waiting.exception(), SandboxError)
            assert time.monotonic() - begin < TOLERANCE
            with pytest.raises(SandboxError, match="was stopped"):
                render("")
    assert not is_there(int(started.read_text()))


def test_afterwards_others_may_run():
    with no_children():
        pass
    assert render("{{ 1 + 1 }}") == "2"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_when_its_parent_is_gone(number):
    """A killed parent can end nobody."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT, ENDLESS], cwd=Path.cwd())
    (child,) = wait_until(lambda: children_of(parent.pid))
    time.sleep(0.5)  # until it has read what it is to do
    os.kill(parent.pid, number)
    parent.wait()
    wait_until(lambda: not is_there(child), seconds=TOLERANCE)


def test_a_child_ends_by_itself_when_nobody_watches_the_clock():
    """The tokenizers library lets no other thread of its process run, so that none could watch there."""
    request = {"task": "render", "seconds": 1, "patience": 1, "memory_bytes": 1 << 30, "request": {}}
    process = subprocess.Popen([sys.executable, "-c", SLEEPER], stdin=subprocess.PIPE, cwd=Path.cwd())
    process.communicate(json.dumps(request).encode(), timeout=60)
    assert process.returncode == -signal.SIGALRM


def test_a_tokenizer_gets_a_gibibyte(monkeypatch):
    """Gemma 3's, the largest known, takes 0.4."""
    given = []

    def recorded(*_, memory_bytes=run.GIBIBYTE, **__):
        given.append(memory_bytes)
        raise SandboxError("is only asked")

    for module in (pre_tokenizer, try_text):
        monkeypatch.setattr(module, "run_in_sandbox", recorded)
    assert pre_tokenizer.ids_of_test_text(TokenizerFile(RESAVED_TOKENIZER / "tokenizer.json").data) is None
    with pytest.raises(CheckpointError):
        try_text.try_text(open_checkpoint(RESAVED_TOKENIZER), EMPTY, "a")
    assert given == [run.GIBIBYTE] * 2
    assert run.GIBIBYTE == 1 << 30
