"""What the window writes down on this computer: a log of its errors, and where it was when a library ended it."""

import faulthandler
import logging
import os
import platform
import time
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from app import __version__

LOG = "mlx-ferry.log"
BYTES, OLD_LOGS = 1 << 20, 2
RUNNING, CRASH = "running-{}.txt", "crash-{}.txt"
MOST_CRASHES = 10  # reports that are kept
LONGEST_REPORT = 1 << 18  # letters

logger = logging.getLogger("mlx_ferry")


def this_system() -> str:
    """The first line of every report."""
    return f"MLX Ferry {__version__}, Python {platform.python_version()}, {platform.platform()}"


class SessionLog:
    """From `begin` to `end`. Where the folder cannot be written there is no log, and nobody is bothered with that.

    A crash in a library ends Python, too: faulthandler then writes into a file that an orderly end removes. The next
    start finds it; `crash` is the report of the last one, "" without any.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.crash = folder, ""
        self._running: IO[str] | None = None
        self._handler: logging.Handler | None = None

    def begin(self) -> None:
        """Take up what was left by others, and write from now on."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.crash = "\n\n".join(filter(None, map(_taken_up, sorted(self.folder.glob(RUNNING.format("*"))))))
            _forget_old(self.folder)
            self._running = (self.folder / RUNNING.format(os.getpid())).open("w", encoding="utf-8")
            self._running.write(this_system() + "\n")
            self._running.flush()
            faulthandler.enable(self._running)
            self._handler = RotatingFileHandler(
                self.folder / LOG, maxBytes=BYTES, backupCount=OLD_LOGS, encoding="utf-8", errors="replace"
            )
            self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
            logger.addHandler(self._handler)
            logger.setLevel(logging.INFO)
            logger.info("Started: %s", this_system())

    def end(self) -> None:
        """An orderly end leaves only the log."""
        with suppress(OSError):
            if self._handler is not None:
                logger.info("Ended")
                logger.removeHandler(self._handler)
                self._handler.close()
            if self._running is not None:
                faulthandler.disable()
                self._running.close()
                Path(self._running.name).unlink(missing_ok=True)


def _taken_up(path: Path) -> str:
    """The report that a process left, in a file of its own now; "" where it runs, or left none."""
    if _is_alive(path.stem.rpartition("-")[2]):
        return ""
    report = path.read_text(encoding="utf-8", errors="replace")[:LONGEST_REPORT].strip()
    if "\n" not in report:  # killed from outside: there is nothing to tell
        path.unlink()
        return ""
    day = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(path.stat().st_mtime))
    path.replace(path.with_name(CRASH.format(day)))
    return report


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _forget_old(folder: Path) -> None:
    for path in sorted(folder.glob(CRASH.format("*")))[:-MOST_CRASHES]:
        path.unlink()
