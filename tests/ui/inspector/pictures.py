"""States of the page of tensors, to be looked at."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.ui.tensors_page import TensorsPage
from tests.tiny_checkpoints import gemma3_folder
from tests.ui.tensor_cells import index_of

SIZES = {"small": (900, 600), "usual": (1280, 800)}
SECONDS = 20


def pictures(place: Path) -> Iterator[tuple[str, QWidget]]:
    """Names of states, and the widget in them."""
    prepared = prepare(identify(open_checkpoint(gemma3_folder(place / "my-finetune", "changed"))))
    plan = prepared.plan(PlanOptions(OutputType.Q8_0))
    written = convert(plan, place / "my-finetune.gguf")
    for size, measures in SIZES.items():
        page = TensorsPage()
        page.resize(*measures)
        page.show()
        page.set_model(prepared.model, prepared.vocabulary)
        page.set_plan(plan, written.errors, written.kept)
        page.set_finished(plan, written.path)
        yield f"model-{size}", page
        page.show()
        page.table.view.setExpanded(page.table.model.index(3, 0), True)
        yield from _states(page, size)
        page.show()
        page.table.search.setText("nothing like it")
        yield f"nothing-{size}", page
        page.shut_down()


def _states(page: TensorsPage, size: str) -> Iterator[tuple[str, QWidget]]:
    for state, name in (("tensor", "blk.0.ffn_down.weight"), ("head", "output.weight")):
        page.show()
        page.table.view.setCurrentIndex(index_of(page.table.model, name))
        if size == "small":
            page.details.click()
        _until(page.inspector.tensor.change.isVisible)
        yield f"{state}-{size}", page.details_sheet or page
        if page.details_sheet is None:
            page.show()
            bar = page.inspector.verticalScrollBar()
            bar.setValue(bar.maximum())
            yield f"{state}-{size}-below", page


def _until(is_so: Callable[[], bool]) -> None:
    started = time.monotonic()
    while not is_so() and time.monotonic() - started < SECONDS:
        QApplication.processEvents()
