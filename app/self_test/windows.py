"""The window in every language, each in a process of its own: one that dies takes no other check with it."""

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from app.core.language import ENGLISH, language_codes
from app.core.sandbox.running import child_command, child_process
from app.core.standard_streams import complain
from app.core.text import Text, text
from app.self_test.check import Check, CheckFailedError

SECONDS = 120
ARGUMENT = "--self-test-window"  # app/__main__.py knows it
QT_CLOSE = "Close"  # as Qt says it itself


def window_checks(folder: Path) -> Iterator[Check]:
    """One for each language of the program."""
    for code in language_codes():
        title = text("The window opens the sample when it is dropped ({language})", language=code)
        yield Check(title, partial(_opens, folder, code))


def _opens(folder: Path, code: str) -> list[Text]:
    request = json.dumps({"language": code, "settings": str(folder / f"{code}.ini")}).encode()
    command = child_command("app.self_test.window", ARGUMENT)
    try:
        with child_process(command, subprocess.PIPE) as child:
            output, errors = child.communicate(request, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise CheckFailedError(text("The window does not answer within {seconds} s.", seconds=SECONDS)) from None
    try:
        answer = json.loads(output)
    except ValueError:
        printed = errors.decode(errors="replace").strip()
        complain(printed)
        said = printed.rpartition("\n")[2]
        raise CheckFailedError(
            text("The window's process ended with code {code}: {said}", code=child.returncode, said=said)
        ) from None
    if not answer["opened"]:
        raise CheckFailedError(text("Within {seconds} s the window offered no conversion. It shows: {shown}", **answer))
    if code != ENGLISH and answer["close"] == QT_CLOSE:
        raise CheckFailedError(text("Qt's own buttons are not translated: its catalogues are missing."))
    return [text("{button}, {width} × {height} pixels", **answer)]
