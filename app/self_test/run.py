"""run_self_test: one check after the other, a line for each, and an exit code."""

import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from app.cli.output import say
from app.core.errors import AppError, Cancelled
from app.core.language import Language, find_language
from app.core.text import counted, escaped, text
from app.self_test.check import Check
from app.self_test.conversions import conversion_checks
from app.self_test.installation import installation_checks, versions
from app.self_test.same_bits import same_bits_checks
from app.self_test.windows import window_checks

PASSED, FAILED = 0, 1
NAMES = 19  # the width of their column


def run_self_test() -> int:
    """Print what is installed, then a line for each check. Returns 0 if all went well, else 1."""
    language = find_language()
    say("\n".join(f"{name:<{NAMES}} {language(value)}" for name, value in versions()) + "\n")
    started, failed, count = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="mlx-ferry-self-test-") as folder:
        for check in _checks(Path(folder)):
            count += 1
            failed += not _passes(check, language)
    seconds = time.monotonic() - started
    if failed:
        say("\n" + language(text("{failed} of {count} checks failed.", failed=failed, count=count)))
        return FAILED
    passed = counted(
        "The {count} check passed in {seconds:.0f} s.",
        "All {count} checks passed in {seconds:.0f} s.",
        count,
        seconds=seconds,
    )
    say("\n" + language(passed))
    return PASSED


def _checks(folder: Path) -> Iterator[Check]:
    yield from installation_checks()
    yield from same_bits_checks()
    yield from conversion_checks(folder)
    yield from window_checks(folder)


def _passes(check: Check, language: Language) -> bool:
    started = time.monotonic()
    try:
        details, mark = list(check.run()), text("passed")
    except Cancelled:
        raise
    except AppError as error:
        details, mark = [part for part in (error.message, error.hint) if part], text("FAILED")
    except Exception as error:
        details, mark = "".join(traceback.format_exception(error)).splitlines(), text("FAILED")
    seconds = time.monotonic() - started
    lines = [f"{language(mark):<7} {seconds:6.1f} s  {language(check.title)}"]
    lines += [f"{'':<19}{escaped(language(line))}" for line in details]
    say("\n".join(lines))
    return mark == "passed"
