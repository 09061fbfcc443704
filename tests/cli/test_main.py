"""Exit codes; one line and a hint for every error, on stderr; help."""

import pytest

from app import __version__
from app.cli import commands
from app.core.ggml_types import OutputType
from tests.cli.expect_refusal import expect_refusal

BREAKS = ("config.json", "tokenizer.json", "model.safetensors")


def test_version(run):
    assert run("--version") == (0, f"mlx-ferry {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_help_has_examples_and_exit_codes(arguments, run):
    code, out, err = run(*arguments)
    assert code == (0 if arguments else 2)
    assert "examples:\n  mlx-ferry inspect my-model" in out
    assert "exit codes: 0 done, 1 not possible (the reason is printed), 2 wrong usage, 130 cancelled" in out
    assert not err


@pytest.mark.parametrize("command", ["inspect", "convert"])
def test_help_of_a_command_names_all_choices(command, run):
    code, out, _ = run(command, "--help")
    assert code == 0
    assert all(kind in "".join(out.split()) for kind in OutputType)
    assert "{auto,share,keep}" in out


@pytest.mark.parametrize(
    "arguments", [["convert"], ["inspect", "a", "b"], ["guess"], ["convert", "x", "--type", "q9"], ["--unknown"]]
)
def test_wrong_usage(arguments, run):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: mlx-ferry")
    assert "invalid OutputType" not in err


WITHOUT_A_COMMAND = """
import contextlib, io, sys
from app.cli import main
for line in (
    "--version", "--help", "", "guess", "convert", "convert x --type q9", "inspect a b", "inspect x --lm-head none",
    "deliver x", "adapter",
):
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
        main(line.split())
print(*sorted(sys.modules.keys() & {"gguf", "numpy", "mlx", "PySide6", "app.core.plan"}))
"""


def test_what_needs_no_model_loads_nothing_for_one(start):
    out, err = start(code=WITHOUT_A_COMMAND).communicate(timeout=20)
    assert out == "\n"
    assert err.count("mlx-ferry") >= 7  # each was said


@pytest.mark.parametrize("missing", BREAKS)
def test_a_broken_folder(missing, model, run):
    (model / missing).unlink()
    expect_refusal(run("convert", model))
    assert not list(model.parent.glob("*.gguf*"))


def test_a_folder_that_is_not_there(tmp_path, run):
    for command in ("inspect", "convert"):
        expect_refusal(run(command, tmp_path / "nowhere"))


@pytest.mark.parametrize("where", ["before", "after"])
def test_debug_shows_the_traceback(where, tmp_path, run):
    arguments = ["--debug", "inspect", "nowhere"] if where == "before" else ["inspect", "nowhere", "--debug"]
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith("Traceback")
    assert "mlx-ferry: " in err


def test_a_bug_is_not_hidden(model, run, monkeypatch):
    monkeypatch.setattr(commands, "prepare", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("inspect", model)
