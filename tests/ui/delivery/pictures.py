"""States of a file that is delivered, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

from gguf import GGUFValueType
from PySide6.QtWidgets import QWidget

from app.core.deliver.answer import QUESTION, Answer
from app.core.deliver.loopback import NotRunningError
from app.core.errors import TakenNameError
from app.core.plan import MetadataEntry
from app.core.progress import Progress, Stage
from app.core.text import text
from app.ui.delivery.delivering import Delivering
from app.ui.delivery.delivery_panel import DeliveryPanel
from app.ui.delivery.file_sheet import FileSheet
from app.ui.delivery.ollama_sheet import OllamaSheet
from app.ui.delivery.orders import Delivered, Order, Program
from tests.ui.history.finished import finished


def pictures(place: Path) -> Iterator[tuple[str, QWidget]]:
    """Names of states, and the widget in them."""
    file = finished(place, "gemma-3-270m-my-finetune-Q8_0.gguf", type_name="Q8_0")
    order = Order(Program.OLLAMA, file.path)
    states = ("idle", "busy", "answered", "taken", "silent")
    for state in states:
        panel, works = DeliveryPanel(), Delivering()
        panel.setContentsMargins(20, 20, 20, 20)
        panel.follow(works)
        panel.resize(560 if state in ("taken", "silent") else 860, 220)
        panel.show_file(file)
        panel.show()
        if state != "idle":
            works.started.emit(Program.OLLAMA.doing)
        if state == "busy":
            works.progressed.emit(Progress(Stage.UPLOAD, 148_000_000, 248_000_000, "", 8.1e8, seconds_left=12.0))
        if state == "taken":
            works.failed.emit(
                TakenNameError(
                    text("Ollama already has a model named {name}.", name="gemma-3-270m-my-finetune:q8_0"),
                    text("Choose another name, or allow it to be replaced."),
                ),
                True,
            )
        if state in ("answered", "silent"):
            said = text("{name} is now in Ollama, which had the weights already.", name="gemma-3-270m-my-finetune:q8_0")
            works.delivered.emit(Delivered(order, said, "ollama run gemma-3-270m-my-finetune:q8_0"))
            works.asking.emit()
        if state == "answered":
            works.answered.emit(Answer(QUESTION, "The capital of France is Paris.", 2.13))
        if state == "silent":
            works.silent.emit(
                NotRunningError(
                    text("{program} is not running.", program="Ollama"),
                    text("Start {program} and try again.", program="Ollama"),
                )
            )
        yield state, panel
    yield "sheet", OllamaSheet(None, "gemma-3-270m-my-finetune:q8_0", lambda *_: None)
    sheet = OllamaSheet(None, "my model", lambda *_: None)
    yield "refused", sheet
    entry = MetadataEntry("general.license", "gemma", GGUFValueType.STRING)
    yield "details", FileSheet(None, (entry,), (), 4 * 10**9, lambda *_: None)
