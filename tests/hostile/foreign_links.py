"""Links and pipes in the place of a folder's files."""

import os
from pathlib import Path

from hypothesis import strategies as st


@st.composite
def foreign_place(draw, name: str, outside: Path) -> str:
    """Where a link for the file `name` may lead; `outside` is a sound folder with secrets that nobody may read."""
    inside = ["config.json", ".", name, "gone"]
    beside = [
        str(outside / name),
        f"../{outside.name}/{name}",
        str(outside / "secret.txt"),
        str(outside),
        "..",
        "/dev/zero",
    ]
    return draw(st.sampled_from([*beside, *beside, *inside, "/etc/passwd", "pipe"]))


def put_link(path: Path, target: str) -> None:
    """In the place of what is there, if anything is."""
    path.unlink(missing_ok=True)
    if target == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(target)
