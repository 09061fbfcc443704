"""The pictures of the guide, in every language, and that of README.md: the real window with the sample.

    python packaging/guide_pictures.py

Needs no screen; for Chinese the system needs a font. Nothing of this machine is in them. They go to
resources/guide/pictures/LANGUAGE and docs/window.png, to be looked at before they are committed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parents[1]
README_PICTURE = "window"
SCALE, WIDTH = "2", 800
MODEL, TRAINED_HEAD = "my-finetune", "my-trained-head"
COLOURS = 128
MEMORY, FREE = 16 << 30, 256 * 10**9  # bytes of a usual Mac
Usage = namedtuple("Usage", ("total", "used", "free"))


def make_models(folder: Path) -> None:
    """The sample, and a tiny model whose output layer was trained."""
    from app.core.resources import SAMPLE, resource_path
    from tests.tiny_checkpoints import gemma3_folder

    shutil.copytree(resource_path(SAMPLE), folder / MODEL)
    gemma3_folder(folder / TRAINED_HEAD, "changed")


class Camera:
    """One window after the other, in the state that a picture is of."""

    def __init__(self, models: Path) -> None:
        from PySide6.QtCore import QSettings

        from app.ui.application import Application
        from app.ui.settings import Settings

        self.application = Application(sys.argv[:1])
        self.application.setStyle("Fusion")
        self._models = models
        self._settings = Settings(QSettings(str(models / "settings.ini"), QSettings.Format.IniFormat))

    def window(self, width: int, height: int, model: str = ""):
        """A new one, with a model if it is named."""
        from app.ui.history.store import History
        from app.ui.main_window import MainWindow
        from app.ui.session import State

        window = MainWindow(self._settings, History(self._models / "history.json"))
        window.resize(width, height)
        window.show()
        if model:
            window.open_folder(self._models / model)
            self.wait(lambda: window.workbench.session.state is State.READY)
        return window

    def wait(self, is_there: Callable[[], bool]) -> None:
        """Until something has come about."""
        while not is_there():
            self.application.processEvents()
            time.sleep(0.01)

    def settle(self) -> None:
        """Layouts come to rest in rounds."""
        for _ in range(30):
            self.application.processEvents()
            time.sleep(0.01)

    def converted(self, width: int, height: int, kind=None):
        """A window with a finished file."""
        window = self.window(width, height, MODEL)
        if kind is not None:
            window.workbench.session.choose(output_type=kind)
        window.workbench.converting.targets()[0].unlink(missing_ok=True)
        window.workbench.converting.convert()
        self.wait(lambda: bool(window.workbench.result.written) and not window.workbench.queue.is_busy)
        return window


def states(camera: Camera) -> Iterator[tuple[str, object, int]]:
    """The name of each picture, the window in its state, and how many pixels of its height are of interest."""
    from app.core.ggml_types import OutputType
    from app.ui.page.detail import Detail

    yield "first-page", camera.window(WIDTH, 520), 430
    yield "formats", camera.window(WIDTH, 520, MODEL), 450
    window = camera.window(WIDTH, 520, TRAINED_HEAD)
    window.workbench.navigation.show_detail(Detail.HEAD)
    yield "output-layer", window, 390
    window = camera.window(1100, 560, MODEL)
    window.menus.side_bar.trigger()
    window.workbench.navigation.show_detail(Detail.TENSORS)
    view = window.workbench.page.table.view
    layer = view.model().index(3, 0)
    view.expand(layer)
    view.setCurrentIndex(view.model().index(5, 0, layer))
    time.sleep(0.3)  # looking at a tensor begins when the selection rests
    yield "tensors", window, 560
    window = camera.converted(WIDTH, 580)
    yield "finished", window, 580
    window = camera.converted(WIDTH, 760, OutputType.Q8_0)
    window.workbench.result.check_all()
    camera.wait(lambda: not window.workbench.queue.is_busy)
    yield "check", window, 760
    camera.window(1180, 640, TRAINED_HEAD)
    yield README_PICTURE, camera.converted(1180, 640), 640


def shoot(models: Path, language: str) -> None:
    """All pictures in a language, in this process."""
    from PySide6.QtCore import QRect

    from app.ui.output import output_panel
    from app.ui.page import overview
    from app.ui.sources import scanning

    overview.machine_bytes = lambda: MEMORY
    output_panel.shutil.disk_usage = lambda _: Usage(2 * FREE, FREE, FREE)
    scanning.models_here = lambda *_: ()
    camera = Camera(models)
    for name, window, height in states(camera):
        camera.settle()
        picture = window.grab(QRect(0, 0, window.width(), height))
        if name != README_PICTURE:
            save(picture, ROOT / "resources/guide/pictures" / language / f"{name}.png")
        elif language == "en":
            save(picture, ROOT / "docs/window.png")
    os._exit(0)  # windows that are still at work need not be closed one by one


def save(picture, path: Path) -> None:
    """With as many colours as one sees, which makes it a third as large."""
    from PIL import Image
    from PySide6.QtCore import QBuffer

    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    image = Image.open(BytesIO(buffer.data().data())).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), image.size, path.stat().st_size)


def main() -> None:
    if len(sys.argv) == 3:
        shoot(Path(sys.argv[1]), sys.argv[2])
    from app.core.language import language_codes

    for language in language_codes():
        with tempfile.TemporaryDirectory() as home:
            models = Path(home) / "Models"
            models.mkdir()
            make_models(models)
            environment = {
                **os.environ,
                "HOME": home,
                "LANGUAGE": language,
                "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
                "QT_SCALE_FACTOR": SCALE,
            }
            subprocess.run([sys.executable, __file__, str(models), language], env=environment, check=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
