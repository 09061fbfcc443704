"""Pictures of single rooms of the window by themselves, light and dark, at both scales, in English and Chinese.

    python packaging/room_pictures.py FOLDER [ROOM …]

Like screenshots.py, which has pictures of the whole window.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOMS = ("history", "sources", "preferences", "delivery", "help")
LANGUAGES, SCHEMES, SCALES = ("en", "zh_CN"), ("light", "dark"), (1, 2)
ROOT = Path(__file__).parents[1]


def shoot(folder: Path, room: str, name: str) -> None:
    """All pictures of a room, in this process; `name` ends the names of the files."""
    import importlib

    from PySide6.QtWidgets import QApplication

    from app.ui.application import Application
    from tests.ui.dark import dark_palette

    application = Application(sys.argv[:1])
    application.setStyle("Fusion")
    if "dark" in name:
        application.setPalette(dark_palette())
    pictures = importlib.import_module(f"tests.ui.{room}.pictures").pictures
    with tempfile.TemporaryDirectory() as place:
        for state, widget in pictures(Path(place)):
            widget.show()
            for _ in range(10):
                QApplication.processEvents()
                time.sleep(0.01)
            widget.grab().save(str(folder / f"{room}-{state}-{name}.png"))
            widget.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rooms", nargs="*", default=ROOMS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(ROOT))
    if given.name:
        shoot(given.folder, given.rooms[0], given.name)
        return
    for room in given.rooms:
        for language, scheme, scale in ((a, b, c) for a in LANGUAGES for b in SCHEMES for c in SCALES):
            if scale == 2 and (language, scheme) != ("en", "light"):
                continue  # a scale changes neither words nor colours
            environment = {
                **os.environ,
                "LANGUAGE": language,
                "QT_SCALE_FACTOR": str(scale),
                "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            }
            name = f"{language}-{scheme}-{scale}x"
            command = [sys.executable, __file__, str(given.folder), room, "--name", name]
            subprocess.run(command, env=environment, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
