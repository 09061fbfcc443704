"""Before files are written: what may not be is refused, what would be replaced is asked about."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.core.convert.place import check_targets
from app.core.errors import AppError
from app.ui.widgets.failure import show_failure
from app.ui.widgets.sheets import ask_to_replace


def ask_before_writing(
    parent: QWidget, targets: Sequence[Path], only_read: Iterable[Path], then: Callable[[bool], object]
) -> None:
    """`then` is told whether files may be replaced. `only_read`: folders in which nothing is written."""
    try:
        for folder in only_read:
            check_targets([(target, 0) for target in targets], folder, overwrite=True)
    except AppError as error:  # what may not be replaced is not asked about
        show_failure(parent, error)
        return
    existing = [target for target in targets if target.exists()]
    if existing:
        ask_to_replace(parent, existing, lambda: then(True))
    else:
        then(False)
