"""Published tokenizers as transformers 5 saves them again: made once, and kept in .cache."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

KEPT = Path(__file__).parents[1] / ".cache" / "resaved"

# One process for all of them: transformers takes a second or two to be imported.
SAVE = """
import sys
from transformers import AutoTokenizer
for line in sys.stdin:
    source, target = line.rstrip("\\n").split("\\t")
    AutoTokenizer.from_pretrained(source).save_pretrained(target)
    print("saved", flush=True)
"""


@contextmanager
def resaving() -> Iterator[Callable[[Path], Path]]:
    """A function: a tokenizer's folder → the folder of the same as it is saved again, which nobody may change."""
    with ExitStack() as stack:

        @cache
        def saver() -> Callable[[Path, Path], None]:
            return stack.enter_context(_saver())

        def resaved(source: Path) -> Path:
            kept = KEPT / f"{source.name}-{_digest(source)}-{version('transformers')}"
            if not kept.exists():
                KEPT.mkdir(exist_ok=True)
                with TemporaryDirectory(dir=KEPT) as place:
                    saver()(source, Path(place, "made"))
                    with suppress(OSError):  # another process was faster
                        Path(place, "made").rename(kept)
            return kept

        yield resaved


def _digest(folder: Path) -> str:
    found = sha256(SAVE.encode())
    for path in sorted(folder.iterdir()):
        found.update(f"{path.name} {path.stat().st_size} ".encode() + path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _saver() -> Iterator[Callable[[Path, Path], None]]:
    command = [sys.executable, "-c", SAVE]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answered = process.stdin, process.stdout

    def save(source: Path, target: Path) -> None:
        asked.write(f"{source}\t{target}\n".encode())
        asked.flush()
        assert answered.readline() == b"saved\n"

    yield save
    process.kill()
    process.communicate()
