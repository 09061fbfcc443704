"""States of the list of finished files, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.core.text import NOTHING
from app.core.verify.results.report import Verdict
from app.ui.history.finished_file import UsedAdapter
from app.ui.history.history_page import HistoryPage
from app.ui.history.store import History
from tests.ui.history.finished import NOON, finished


def pictures(place: Path) -> Iterator[tuple[str, QWidget]]:
    """Names of states, and the widget in them."""
    (place / "history.json").write_text("{")
    history = History(place / "history.json")
    adapters = (UsedAdapter(place / "my-tune" / "adapters.safetensors"),)
    for number, verdict in enumerate((None, *Verdict)):
        name = f"Qwen3-4B-Instruct-2507-{number}-Q4_K_M.gguf"
        history.add(finished(place, name, verdict=verdict, finished_at=NOON + 86400 * number, adapters=adapters))
    gone = finished(place, "gemma-3-270m-it-with-a-very-long-name-that-somebody-gave-it-BF16.gguf")
    history.add(gone)
    gone.path.unlink()
    for width, height in ((640, 400), (1000, 560)):
        page = HistoryPage()
        page.resize(width, height)
        page.show_history(history)
        page.table.selectRow(1)
        yield f"files-{width}", page
    page = HistoryPage()
    page.resize(640, 400)
    page.show_files((), NOTHING)
    yield "empty", page
