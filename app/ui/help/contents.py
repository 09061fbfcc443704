"""The contents of the guide: its headings as a tree, of which a search leaves those where something was found."""

from collections.abc import Container, Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QFrame,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QWidget,
)

from app.core.guide import Section
from app.core.text import text
from app.ui.say import say

SLUG = Qt.ItemDataRole.UserRole
INDENT, ROOM = 14, 8  # pixels; above and below a title together


class Contents(QTreeWidget):
    """Emits `chosen(slug)` when a person goes to a heading, by mouse or by keyboard."""

    chosen = Signal(str)

    def __init__(self, sections: Iterable[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(say(text("Table of contents")))
        self.setHeaderHidden(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setIndentation(INDENT)
        self.setItemDelegate(_Roomy(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._fill(sections)
        self.currentItemChanged.connect(self._changed)
        self.itemClicked.connect(lambda item, _: self.chosen.emit(item.data(0, SLUG)))

    def show_section(self, slug: str) -> None:
        """Select a heading, without going there; the first one before all of them."""
        self.blockSignals(True)
        self.setCurrentItem(self._items.get(slug, next(iter(self._items.values()))))
        self.blockSignals(False)
        self.viewport().update()

    def show_only(self, slugs: Container[str] | None) -> None:
        """The headings that were found, with those above them; all of them for None."""
        for item in reversed(list(self._items.values())):  # what is below another comes first
            below = [one for number in range(item.childCount()) if (one := item.child(number))]
            is_found = slugs is None or item.data(0, SLUG) in slugs or any(not one.isHidden() for one in below)
            item.setHidden(not is_found)
        if slugs is None:
            self.collapseAll()
        else:
            self.expandAll()

    def titles(self) -> list[str]:
        """What is in sight, from above to below."""
        flag = QTreeWidgetItemIterator.IteratorFlag.NotHidden
        found, items = [], QTreeWidgetItemIterator(self, flag)
        while (item := items.value()) is not None:
            found.append(item.text(0))
            items += 1
        return found

    def _fill(self, sections: Iterable[Section]) -> None:
        above: list[tuple[int, QTreeWidgetItem]] = []
        for section in sections:
            if section.level == 1:
                continue  # the title of all
            while above and above[-1][0] >= section.level:
                above.pop()
            item = QTreeWidgetItem([section.title])
            item.setData(0, SLUG, section.slug)
            item.setToolTip(0, section.title)
            if above:
                above[-1][1].addChild(item)
            else:
                self.addTopLevelItem(item)
            above.append((section.level, item))
            self._items[section.slug] = item

    def _changed(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and self.hasFocus():
            self.chosen.emit(item.data(0, SLUG))


class _Roomy(QStyledItemDelegate):
    """Lines that are not crowded, whatever the size of texts."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(0, ROOM)
