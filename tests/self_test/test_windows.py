"""The window in a process of its own."""

import sys

import pytest

from app.core.language import language_codes
from app.self_test import windows
from app.self_test.check import CheckFailedError

SAYS = {"en": "Convert", "zh_CN": "转换"}


@pytest.mark.parametrize("number", range(len(SAYS)), ids=SAYS)
def test_it_takes_the_sample_in_every_language(number, tmp_path):
    checks = list(windows.window_checks(tmp_path))
    assert len(checks) == len(language_codes()) == len(SAYS)
    (line,) = checks[number].run()
    assert line.startswith(list(SAYS.values())[number])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; sys.exit('no platform plugin')", "code 1: no platform plugin"),
        ("import time; time.sleep(60)", "does not answer"),
        (
            """print('{"opened": false, "seconds": 60, "shown": "Something went wrong"}')""",
            "It shows: Something went wrong",
        ),
        ("""print('{"opened": true, "close": "Close"}')""", "catalogues are missing"),
    ],
    ids=["dies", "hangs", "shows no plan", "speaks English"],
)
def test_a_window_that_does_not_open_is_told(code, said, tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "child_command", lambda *_: [sys.executable, "-c", code])
    monkeypatch.setattr(windows, "SECONDS", 2)
    *_, check = windows.window_checks(tmp_path)
    with pytest.raises(CheckFailedError, match=said):
        check.run()
