"""Everything that a person can read in a window, and what of it is English."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QMenu, QWidget

from app.core.language import find_language
from app.ui.main_window import MainWindow
from tests.ui.tensor_cells import tensor_indexes

# Words that stand next to each other, and are no part of a name such as model.safetensors or blk.0.attn_q.
ENGLISH = re.compile(r"(?<![\w./<-])[A-Za-z]{2,}[,:;]? [A-Za-z][a-z]+(?![\w./>-])")
NAMES = re.compile(r"MLX Ferry|Hugging Face|LM Studio|\bbos <bos>|\b[a-z]+ <[^>]*>")


def shown_in(parent):
    """Everything that can be read in it, tooltips and what a screen reader says too."""
    yield parent.windowTitle()
    for widget in (parent, *parent.findChildren(QWidget)):
        yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.statusTip())
        if isinstance(widget, QLabel | QAbstractButton) and (widget.isVisible() or widget.window() is not parent):
            yield widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            for number in range(widget.count()):
                yield from (widget.itemText(number), widget.itemData(number, Qt.ItemDataRole.ToolTipRole))
        elif isinstance(widget, QMenu):
            yield widget.title()
    for action in parent.findChildren(QAction):
        yield from (action.text(), action.toolTip(), action.statusTip())
    yield from cells_of(parent)


def cells_of(parent):
    if not isinstance(parent, MainWindow):
        return
    model = parent.workbench.page.table.model
    roles = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole
    for role in roles:
        for column in range(model.columnCount()):
            yield model.headerData(column, Qt.Orientation.Horizontal, role)
            yield from (model.index(row, column).data(role) for row in range(model.rowCount()))
            yield from (index.siblingAtColumn(column).data(role) for index in tensor_indexes(model))


def in_english(parent):
    """What a person would not expect to read in a Chinese window: several words, or one that has a translation."""
    language = find_language(["zh_CN"])
    translated = {
        source
        for source, said in vars(language._catalogue)["_catalog"].items()
        if isinstance(source, str) and source and source != said
    }
    said = {re.sub(r"<[^>]*>", "\n", one) if str(one).startswith("<qt>") else one for one in shown_in(parent) if one}
    return [one for one in said if ENGLISH.search(NAMES.sub("", one)) or one.strip("\u00a0") in translated]
