"""Installing goes on where the kernels cannot be compiled, and leaves no library that does not fit its sources."""

import importlib.util
import platform
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.core import kernel_library

SCRIPT = Path(__file__).parents[3] / "packaging" / "compile_kernels.py"


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script, for a copy of the sources with a library of an earlier time."""
    spec = importlib.util.spec_from_file_location("compile_kernels", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.LIBRARY == kernel_library.LIBRARY
    native = tmp_path / "native"
    shutil.copytree(module.NATIVE, native, ignore=shutil.ignore_patterns("*.so"))
    module.NATIVE, module.LIBRARY = native, native / "kernels.so"
    module.LIBRARY.write_bytes(b"of an earlier time")
    return module


def test_without_a_compiler_there_is_no_library(script, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(
        script.sys, "platform", "linux"
    )  # a Mac is asked by another program, which is not in PATH either
    assert script.compile_kernels() is None
    assert not script.LIBRARY.exists()
    assert "No C compiler" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
def test_what_the_compiler_says_is_shown(script, capsys):
    sources = [path.name for path in script.NATIVE.glob("*.c")]
    (script.NATIVE / "choose.c").write_text("this is not C\n")
    for name in {path.name for path in script.NATIVE.iterdir()} - {"choose.c"}:
        (script.NATIVE / name).write_text("")  # nothing to compile for long
    assert script.compile_kernels() is None
    assert sorted(path.name for path in script.NATIVE.iterdir() if path.suffix != ".h") == sorted(sources)
    said = capsys.readouterr().err
    assert "ggml will encode" in said
    assert "choose.c" in said


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
def test_nothing_is_fused_and_processors_are_told_apart(script, tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    compiler = tmp_path / "cc"
    compiler.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nfor last; do :; done\n: > "$last"\n')
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    assert script.compile_kernels() == script.LIBRARY
    lines = calls.read_text().splitlines()
    assert all("-ffp-contract=off" in line for line in lines if " -c " in f" {line} ")
    assert any("-mavx2" in line for line in lines) == (platform.machine() == "x86_64")
    assert not any("-mfma" in line or "fast-math" in line or "-march" in line for line in lines)
