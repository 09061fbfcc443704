"""What has run out is told in plain words, wherever it was noticed."""

import errno
import os
import resource
import tracemalloc

import numpy as np
import pytest

from app.core.checkpoint.folder import open_regular
from app.core.checkpoint.json_files import read_bytes
from app.core.errors import ConversionError, ExhaustedError
from app.core.exhaustion import FILES, MEMORY, PROCESSES, exhaustion
from app.core.weights.mlx_thread import compute


def raised(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001 - whatever the system makes of it
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), FILES),
        (OSError(errno.ENFILE, os.strerror(errno.ENFILE)), FILES),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), MEMORY),
        (BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)), PROCESSES),
        (MemoryError(), MEMORY),
        (raised(lambda: np.empty(1 << 60, np.uint8)), MEMORY),
        (RuntimeError("can't start new thread"), PROCESSES),
        (ImportError("x.so: failed to map segment from shared object"), MEMORY),
        (ImportError(f"x.so: cannot open shared object file: {os.strerror(errno.EMFILE)}"), FILES),
    ],
)
def test_what_has_run_out(error, words):
    found = exhaustion(error)
    assert found is not None
    assert (found.message, found.hint) == words
    wrapped = ValueError("in between")
    wrapped.__cause__ = error
    assert str(exhaustion(wrapped)) == words[0]


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOENT, "No such file"), RuntimeError("a bug"), ValueError("can't start new thread")]
)
def test_another_error_is_not_taken_for_it(error):
    assert exhaustion(error) is None


def test_a_file_is_not_to_blame_for_the_limit_on_files(tmp_path):
    path = tmp_path / "config.json"
    path.write_text("{}")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        errors = [raised(lambda: open_regular(path)), raised(lambda: read_bytes(path, 100))]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert [type(error) for error in errors] == [ExhaustedError, ExhaustedError]


def test_a_small_file_takes_little_memory_whatever_its_limit(tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(b"{}" * 50)
    tracemalloc.start()
    data = read_bytes(path, 1 << 28)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert data == b"{}" * 50
    assert peak < 1 << 20


@pytest.mark.parametrize(
    ("words", "kind"), [("Resource temporarily unavailable", ExhaustedError), ("lost device", ConversionError)]
)
def test_what_mlx_says(words, kind):
    def fail():
        raise RuntimeError(words)

    with pytest.raises(kind):
        compute(fail)
