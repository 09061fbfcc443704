"""Pictures of the real window in every state, on one contact sheet: look at them after every change to the window.

    python packaging/screenshots.py FOLDER

Needs no screen (offscreen), or runs under Xvfb with QT_QPA_PLATFORM=xcb. With LANGUAGE=zh_CN the window is Chinese, for
which the system needs a font. Sizes, schemes and scales are set by the environment of child processes, since Qt reads a
scale once.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.application import Application
    from app.ui.main_window import MainWindow

SIZES = {"small": (900, 600), "usual": (1280, 800)}
OPENED = ("empty", "tied", "copied", "changed", "broken", "many", "packed", "again", "several", "tuned")
PAGES = ("notes", "head", "tokenizer", "model", "tensors")  # that open from the overview
SHEETS = ("formats", "settings", "file")
PROVEN = ("checking", "checkable", "close", "chart", "answers", "broken", "skipped", "proven")
STATES = (
    *OPENED,
    "converting",
    "done",
    "kept",
    "lost",
    "error",
    "baseless",
    "drop",
    "export",
    "unexportable",
    "exported",
    *PAGES,
    *SHEETS,
    "finished-files",
    *PROVEN,
)
MODEL_OF = {
    **{"converting": "copied", "error": "copied", "done": "packed", "again": "packed", "several": "packed"},
    **{"kept": "tuned", "lost": "tuned", "export": "tuned", "exported": "tuned", "unexportable": "dora"},
    **dict.fromkeys((*PROVEN, *PAGES, *SHEETS, "finished-files"), "packed"),
    "head": "changed",
}
ROOT = Path(__file__).parents[1]


def shoot(folder: Path, states: Sequence[str], scheme: str, scale: int) -> None:
    """These states at all sizes, in this process."""
    from PySide6.QtCore import QSettings

    from app.ui.application import Application
    from app.ui.history.store import History
    from app.ui.main_window import MainWindow
    from app.ui.settings import Settings
    from tests.ui.dark import dark_palette

    application = Application(sys.argv[:1])
    application.setStyle("Fusion")
    if scheme == "dark":
        application.setPalette(dark_palette())
    models = Path(os.environ["MODELS"])
    for (size, (width, height)), state in itertools.product(SIZES.items(), states):
        settings = Settings(QSettings(str(models / "none.ini"), QSettings.Format.IniFormat))
        window = MainWindow(settings, History(models / f"{state}-{size}-{scheme}-{scale}.json"))
        window.resize(width, height)
        window.show()
        bring_about(application, window, models, state)
        if state in PROVEN:
            prove(application, window, state)
        for _ in range(15):  # layouts settle in rounds, however long each takes
            application.processEvents()
            time.sleep(0.01)
        with_sheets(window).save(str(folder / f"{state}-{size}-{scheme}-{scale}x.png"))
        window.close()
        window.deleteLater()


def bring_about(application: "Application", window: "MainWindow", models: Path, state: str) -> None:
    """Do what a user would do to get the window into a state."""
    from app.core.errors import ConversionError
    from app.core.ggml_types import OutputType
    from app.core.model.fine_tunes import BaseNotFoundError
    from app.core.text import text
    from app.ui.session import State
    from tests.ui.queue.items import show_items

    if state == "drop":
        window.workbench.drops.overlay.show_text(
            text("Drop to open {folder}", folder="gemma-3-270m-my-finetune"), is_welcome=True
        )
    if state in ("empty", "drop"):
        return
    if state == "baseless":
        window.workbench.adapting.tell(BaseNotFoundError(models / "tuned", "mlx-community/Qwen3-4B-Instruct-2507-4bit"))
        return
    window.open_folder(models / MODEL_OF.get(state, state))
    while window.workbench.session.state is not State.READY:
        application.processEvents()
    if state in ("again", "done"):
        window.workbench.session.choose(output_type=OutputType.Q8_0)
    if state in ("several", "proven"):
        window.workbench.session.choose_formats(OutputType.AUTO, [OutputType.LOSSLESS, OutputType.Q8_0])
    if state == "converting":
        show_items(window.workbench.queue)
        window.workbench.queue_bar.unfold()
    if state == "error":
        window.workbench.adapting.tell(
            ConversionError("model.safetensors is shorter than it was: it was cut.", "Open it again.")
        )
    if state in ("done", "kept", "lost", "finished-files", *PROVEN):
        convert(application, window, models, state)
    export(application, window, models, state)
    go_on(window, state)


def go_on(window: "MainWindow", state: str) -> None:
    """To a page that opens from the overview, or to a sheet."""
    from app.ui.page.detail import Detail

    if state in PAGES:
        window.workbench.navigation.show_detail(Detail[state.upper()])
    if state == "tensors":
        window.workbench.page.table.view.expandAll()
    wishes = {
        "formats": window.workbench.page.overview.formats.show_all,
        "settings": window.menus.settings.trigger,
        "file": window.menus.file_details.trigger,
        "finished-files": window.menus.history.trigger,
    }
    if state in wishes:
        wishes[state]()


def export(application: "Application", window: "MainWindow", models: Path, state: str) -> None:
    """The adapter's sheet, and what comes of it."""
    if state not in ("export", "unexportable", "exported"):
        return
    window.menus.export_adapter.trigger()
    sheet = window.workbench.adapter_export.sheet
    while sheet.plan is None:
        application.processEvents()
    if state == "exported":
        sheet.set_destination(Path(tempfile.mkdtemp(dir=models)) / sheet.chosen_target.name)
        sheet.export.click()
        while not window.workbench.result.written:
            application.processEvents()


def convert(application: "Application", window: "MainWindow", models: Path, state: str) -> None:
    """To the end, and for "lost" as if little of the fine-tune had arrived."""
    from app.core.encode.kept import Kept
    from tests.ui.driving import pretend

    window.workbench.converting.set_destination(Path(tempfile.mkdtemp(dir=models)) / "my-finetune-Q8_0.gguf")
    window.workbench.converting.convert()
    while not window.workbench.result.written:
        application.processEvents()
    if state == "lost":
        written = window.workbench.result.written[0]
        pretend(window, written=(replace(written, kept={name: Kept(1.0, 0.31, 0.9) for name in written.kept}),))


def prove(application: "Application", window: "MainWindow", state: str) -> None:
    """As if a verification had found what reports made by hand say."""
    from app.core.progress import Progress, Stage, Unit
    from app.ui.proof.file_check import FileCheck
    from app.ui.queue.queue_item import ItemState
    from tests.ui.driving import pretend
    from tests.ui.proof.reports import BROKEN, CLOSE, DEGRADED, SAME, SKIPPED

    while window.workbench.queue.is_busy:
        application.processEvents()
    found = {"broken": [BROKEN], "skipped": [SKIPPED], "proven": [SAME, DEGRADED, None]}.get(state, [CLOSE])
    paths = [written.path for written in window.workbench.result.written]
    is_open = state in ("checking", "checkable")
    checks = [
        FileCheck(path, None if is_open else report, is_running=state == "checking")
        for path, report in zip(paths, found, strict=True)
    ]
    pretend(window, checks=tuple(checks))
    window.workbench.page.proof.show_checks(checks, 1 if state == "proven" else 0)
    window.workbench.page.show_proof(state != "checkable")
    application.processEvents()
    if state == "checking":
        progress = Progress(Stage.PREDICT, 1_480, 2_480, "llama.cpp", 8.1, seconds_left=75, unit=Unit.TOKENS)
        pretend(window, state=ItemState.CHECKING, progress=progress, to_check=(0,), check_count=1)


def with_sheets(window: "MainWindow"):
    """The window with what lies over it, where a Mac would show it: under the title bar."""
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QDialog

    picture = window.grab()
    painter = QPainter(picture)
    for box in filter(QDialog.isVisible, window.findChildren(QDialog)):
        painter.drawPixmap((window.width() - box.width()) // 2, 40, box.grab())
    painter.end()
    return picture


def make_models(folder: Path) -> None:
    """One folder for each verdict, one broken, one with 1,500 tensors."""
    from tests.adapters import save_mlx_adapter
    from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

    for name in ("tied", "copied", "changed", "broken"):
        head = name if name in ("copied", "changed") else "none"
        gemma3_folder(folder / name, head)
    (folder / "broken" / "tokenizer.json").unlink()
    gemma3_folder(folder / "packed", quantize=lambda path: {"bits": 8, "group_size": 64} if "down" in path else True)
    tuned = save_mlx_adapter(folder / "packed", folder / "tuned", layers=4)
    for iterations in (100, 200):
        shutil.copy(tuned / "adapters.safetensors", tuned / f"{iterations:07}_adapters.safetensors")
    save_mlx_adapter(folder / "packed", folder / "dora", "dora", layers=4)
    layers = 115
    config = gemma3_config(row_count(), num_hidden_layers=layers, hidden_size=32, intermediate_size=32)
    gemma3_folder(folder / "many", "copied", config=config)


def contact_sheet(folder: Path, columns: int = 4, width: int = 640) -> Path:
    """All pictures, small, on one."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter

    QGuiApplication(sys.argv[:1])
    pictures = sorted(folder.glob("*x.png"))
    height = width * 5 // 8 + 24
    sheet = QImage(columns * width, -(-len(pictures) // columns) * height, QImage.Format.Format_RGB32)
    sheet.fill(Qt.GlobalColor.gray)
    painter = QPainter(sheet)
    for number, path in enumerate(pictures):
        x, y = number % columns * width, number // columns * height
        image = QImage(str(path)).scaledToWidth(width - 8, Qt.TransformationMode.SmoothTransformation)
        painter.drawImage(x + 4, y + 22, image)
        painter.drawText(x + 6, y + 16, path.stem)
    painter.end()
    target = folder / "contact-sheet.png"
    sheet.save(str(target))
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--states", nargs="*", default=STATES, help="of these only")
    parser.add_argument("--child", nargs=2, metavar=("SCHEME", "SCALE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        shoot(arguments.folder, arguments.states, arguments.child[0], int(arguments.child[1]))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as models:
        make_models(Path(models))
        for scheme in ("light", "dark"):
            for scale in ("1", "2"):
                environment = {
                    **os.environ,
                    "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
                    "QT_SCALE_FACTOR": scale,
                    "MODELS": models,
                    "PYTHONPATH": str(ROOT),
                }
                command = [sys.executable, __file__, str(arguments.folder), "--child", scheme, scale]
                command += ["--states", *arguments.states]
                subprocess.run(command, check=True, env=environment)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(contact_sheet(arguments.folder))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
