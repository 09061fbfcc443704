"""Pictures of the formats' widgets, to be looked at after a change: light and dark, 1× and 2×, wide and narrow.

python -m tests.ui.formats.pictures FOLDER
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path

WIDTHS = {"wide": 960, "usual": 720, "small": 520}


def shoot(folder: Path, scheme: str, scale: str, language: str) -> None:
    """All states at all widths, in this process."""
    from app.core.describe.readiness import Readiness, State
    from app.core.ggml_types import OutputType
    from app.core.remedies import ChooseType
    from app.core.text import text
    from app.ui.application import Application
    from tests.ui.dark import dark_palette
    from tests.ui.formats.choices import LARGE, PACKED, UNPACKED

    application = Application(sys.argv[:1])
    application.setStyle("Fusion")
    if scheme == "dark":
        application.setPalette(dark_palette())
    ready = Readiness(State.READY, text("Ready. Nothing will be lost."))
    twice = Readiness(
        State.LOSES,
        text("Ready. Quality is lost a second time: {format} keeps the values.", format=text("Best match")),
        remedies=(ChooseType(OutputType.AUTO),),
        code="quantized-twice",
    )
    stopped = Readiness(
        State.STOPPED,
        text("Cannot convert: no tokenizer."),
        text("There is no tokenizer.json."),
        code="no-tokenizer",
    )
    states = {
        "unpacked": (ready, UNPACKED, OutputType.AUTO, ()),
        "alone": (ready, PACKED, OutputType.AUTO, ()),
        "packed": (twice, PACKED, OutputType.Q2_K, (OutputType.AUTO,)),
        "large": (stopped, LARGE, OutputType.Q6_K, (OutputType.Q8_0, OutputType.Q2_K)),
    }
    for (name, state), (size, width) in itertools.product(states.items(), WIDTHS.items()):
        stem = f"{name}-{size}-{scheme}-{scale}x-{language}.png"
        show(application, folder, stem, state, width)


def show(application, folder: Path, stem: str, state, width: int) -> None:
    """One state at one width, and its sheet."""
    from PySide6.QtWidgets import QVBoxLayout, QWidget

    from app.ui.formats.formats import Formats
    from app.ui.formats.readiness_line import ReadinessLine

    found, choices, chosen, also = state
    page, line, formats = QWidget(), ReadinessLine(), Formats()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(20, 20, 20, 20)
    layout.setSpacing(16)
    layout.addWidget(line)
    layout.addWidget(formats)
    layout.addStretch(1)
    line.show_readiness(found, "Gemma 3 · 268 M · 4-bit · 151 MB")
    formats.show_formats(choices, chosen, also)
    page.resize(width, 480)
    page.show()
    if width == WIDTHS["wide"]:
        formats.cards.buttons[-1].setFocus()
    picture(application, page, folder / stem)
    formats.show_all()
    if formats.sheet is not None:
        picture(application, formats.sheet, folder / f"sheet-{stem}")
        formats.sheet.close()
    page.close()


def picture(application, widget, path: Path) -> None:
    """As it is once its layouts have settled."""
    for _ in range(10):
        application.processEvents()
    widget.grab().save(str(path))


def main() -> None:
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        shoot(folder, *sys.argv[2:])
        return
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, scale, language in (
        ("light", "1", "en"),
        ("dark", "1", "en"),
        ("light", "1", "zh_CN"),
        ("dark", "2", "zh_CN"),
    ):
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "QT_SCALE_FACTOR": scale,
            "LANGUAGE": language,
        }
        command = [sys.executable, "-m", "tests.ui.formats.pictures", str(folder), scheme, scale, language]
        subprocess.run(command, check=True, env=environment)


if __name__ == "__main__":
    main()
