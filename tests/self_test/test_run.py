"""What is printed and returned."""

import pytest

from app.__main__ import _front
from app.core.text import text
from app.self_test import run
from app.self_test.check import Check, CheckFailedError


def good():
    return [text("It holds {count} things.", count=3)]


def bad():
    raise CheckFailedError(text("It is gone."), text("Install it again."))


def broken():
    raise ZeroDivisionError


@pytest.fixture
def tried(monkeypatch, capsys):
    """A function: checks → exit code, and the lines."""

    def run_these(*functions):
        checks = [Check(text("A check."), function) for function in functions]
        monkeypatch.setattr(run, "_checks", lambda _: iter(checks))
        code = run.run_self_test()
        return code, capsys.readouterr().out

    return run_these


def test_all_is_well(tried):
    code, out = tried(good, good)
    assert code == 0
    assert out.count("passed") == 3
    assert "It holds 3 things." in out
    assert "All 2 checks passed" in out
    assert out.startswith("MLX Ferry")


def test_a_failure_is_told_and_the_others_still_run(tried):
    code, out = tried(bad, good)
    assert code == 1
    assert out.index("FAILED") < out.index("It is gone.") < out.index("Install it again.") < out.index("passed")
    assert "1 of 2 checks failed." in out


def test_a_bug_is_told_with_its_traceback(tried):
    code, out = tried(broken)
    assert code == 1
    assert "ZeroDivisionError" in out
    assert "in broken" in out


def test_the_program_takes_the_argument(monkeypatch):
    monkeypatch.setattr("app.self_test.run_self_test", lambda: 7)
    assert _front(["--self-test"]) == 7


def test_the_real_list_begins_with_the_installation_and_ends_with_the_window(tmp_path):
    titles = [check.title for check in run._checks(tmp_path)]
    assert len(set(titles)) == len(titles) >= 12
    assert titles[0].startswith("All families")
    assert titles[-1].startswith("The window")
