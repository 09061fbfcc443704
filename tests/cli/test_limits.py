"""A process that may have few files, little memory or no more threads: a sentence and a hint, and nothing left."""

import resource
import sys

import pytest

NO_THREADS = """
import sys, threading
def start(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
from app.__main__ import main
sys.exit(main())
"""


def outcome(process):
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def expect_refusal(found, words, tmp_path):
    code, out, err = found
    first, hint = err.splitlines()
    assert (code, out) == (1, "")
    assert first.startswith(f"mlx-ferry: {words}")
    assert hint.startswith("  ")
    assert not list(tmp_path.glob("*.gguf*"))


@pytest.mark.parametrize("limit", [6, 7, 8])
@pytest.mark.parametrize("command", ["inspect", "convert"])
def test_few_files(command, limit, model, tmp_path, start):
    process = start(command, model, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
    expect_refusal(outcome(process), "Too many files are open.", tmp_path)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS knows no limit on memory")
@pytest.mark.parametrize("megabytes", [330, 400, 600])
def test_little_memory(megabytes, model, tmp_path, start):
    """Enough for it, or told in words; never a limit of a file taken for its size."""
    limit = megabytes << 20
    process = start("convert", model, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    code, out, err = outcome(process)
    if code == 0:
        assert "Wrote " in out
    else:
        expect_refusal((code, out, err), "", tmp_path)


def test_no_threads(model, tmp_path, start):
    found = outcome(start("convert", model, code=NO_THREADS))
    expect_refusal(found, "The system allows no more threads or processes.", tmp_path)


def test_files_that_may_not_be_so_large(model, tmp_path, start):
    process = start("convert", model, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    expect_refusal(outcome(process), "tiny-tied-BF16.gguf would be larger than files there may be.", tmp_path)
