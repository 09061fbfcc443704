"""A task in a child process ends in an answer, whatever it is given."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import app
from app.core.sandbox import SandboxError, run, run_in_sandbox
from tests.core.sandbox.hostile_templates import DOUBLING, ENDLESS, render
from tests.tiny_checkpoints import RESAVED_TOKENIZER

MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ a }}", "<s>"),
        ("{% generation %}{{ a }}{% endgeneration %}", "<s>"),
        ("{{ {'b': 'é<'} | tojson }}", '{"b": "é<"}'),
        ("{% for i in [1, 2, 3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}", "1"),
        ("x\n  {% if true %}\ny{% endif %}", "x\ny"),
        ("{{ strftime_now('%Y') | length }}", "4"),
    ],
)
def test_rendering_as_transformers_does(template, expected):
    assert render(template, a="<s>") == expected


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        ("{% if %}", "Expected an expression"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ a.append(1) }}", "unsafe"),
        ("{{ 1 / 0 }}", "it fails with: division by zero"),
        ("{% include '/etc/passwd' %}", "no loader"),
    ],
)
def test_template_that_does_not_render(template, words):
    with pytest.raises(SandboxError, match=words):
        render(template, a=[])


def test_template_that_loops_for_ever():
    with pytest.raises(SandboxError, match=r"within 1\.5 seconds"):
        render(ENDLESS, seconds=1.5)


def limited(code: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`code` in a process with the limits of a child, and nobody who watches the clock."""
    limits = (
        "import sys; sys.path.insert(0, sys.argv[1]); from app.core.sandbox.child import _limit; _limit(1, 1 << 33)"
    )
    command = [sys.executable, "-I", "-c", f"{limits}\n{code}", str(Path(app.__file__).parents[1]), *arguments]
    return subprocess.run(command, capture_output=True, timeout=30, check=False)


def test_the_system_ends_a_child_that_computes_too_long():
    assert limited("while True: pass").returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_a_child_writes_no_file(tmp_path):
    file = tmp_path / "written"
    assert limited("with open(sys.argv[2], 'w') as file: file.write('x' * 9999)", str(file)).returncode != 0
    assert file.stat().st_size == 0


def test_a_child_that_a_busy_machine_lets_wait_still_answers(monkeypatch):
    """What a folder is must not depend on what else runs: only the child's own work is counted."""
    code = "import sys, time; time.sleep(1.5); sys.path.insert(0, sys.argv[1])"
    code += "; from app.core.sandbox.child import main; main()"
    monkeypatch.setattr(run, "_command", lambda: [sys.executable, "-c", code, str(Path(app.__file__).parents[1])])
    assert render("{{ a }}", seconds=1, a="<s>") == "<s>"


def test_a_child_that_waits_for_ever_is_ended(monkeypatch, tmp_path):
    """It uses no time that the system would count."""
    started = tmp_path / "pid"
    code = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(run, "_command", lambda: [sys.executable, "-c", code, str(started)])
    begin = time.monotonic()
    with pytest.raises(SandboxError, match=r"within 0\.2 seconds"):
        render("", seconds=0.2)
    assert time.monotonic() - begin < 20
    child = subprocess.run(["ps", "-p", started.read_text()], capture_output=True, check=False)
    assert child.returncode != 0


@pytest.mark.parametrize("template", [DOUBLING, "{{ 'a' * 10 ** 11 }}"])
def test_template_that_eats_memory(template):
    with pytest.raises(SandboxError, match="512 MB of memory"):
        render(template)


def test_a_large_parent_is_no_hindrance():
    """On Linux a child is born with the peak memory of its parent."""
    ballast = b"x" * (600 * MEBIBYTE)
    assert render("{{ a }}", a="<s>") == "<s>"
    assert len(ballast) > 512 * MEBIBYTE


def test_the_environment_slips_no_module_in(tmp_path, monkeypatch):
    (tmp_path / "jinja2.py").write_text("raise SystemExit")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert render("{{ a }}", a="<s>") == "<s>"


def test_long_text_is_cut():
    assert len(render("{{ 'a' * 3000000 }}")) == MEBIBYTE


def test_encoding():
    data = (RESAVED_TOKENIZER / "tokenizer.json").read_bytes()
    answer = run_in_sandbox("encode", {"texts": ["a"]}, data, seconds=60)
    assert answer["ids"] == [[2, *answer["bare_ids"][0]]]


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[]"])
def test_broken_tokenizer(data):
    with pytest.raises(SandboxError, match="cannot be used"):
        run_in_sandbox("encode", {"texts": ["a"]}, data, seconds=60)


def test_the_frozen_app_as_its_own_child():
    """`app/__main__.py` passes the one argument on."""
    request = {"task": "render", "seconds": 20, "patience": 20, "memory_bytes": 512 * MEBIBYTE}
    request["request"] = {"template": "{{ 1 + 1 }}", "variables": {}}
    command = [sys.executable, "-m", "app", "--sandbox"]
    run = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(run.stdout) == {"text": "2"}
