"""The empty window: says in one sentence what to drop."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.core.resources import resource_path
from app.core.text import text
from app.ui.say import say
from app.ui.settings import Recent
from app.ui.widgets.card_frame import quiet
from app.ui.widgets.shown_text import menu_text, plain_tooltip
from app.ui.widgets.tab_order import tab_after

ICON_SIZE = 96


class Welcome(QWidget):
    """Open, the sample, or a folder that was open before."""

    open_wanted = Signal()
    sample_wanted = Signal()
    recent_wanted = Signal(object)  # Recent

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(2)
        picture, title = QLabel(), QLabel(say(text("Drop a model folder here")))
        picture.setPixmap(QIcon(str(resource_path("app-icon.svg"))).pixmap(ICON_SIZE, ICON_SIZE))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.8)
        font.setBold(True)
        title.setFont(font)
        what = text("An MLX model from mlx-lm, LM Studio or Hugging Face, or an adapter that you trained.")
        becomes = text("It becomes a GGUF file for Ollama, LM Studio and llama.cpp.")
        for label in (picture, title, quiet(QLabel(say(what))), quiet(QLabel(say(becomes)))):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        layout.addSpacing(10)
        layout.addLayout(self._buttons())
        self._recents = QVBoxLayout()
        layout.addSpacing(10)
        layout.addLayout(self._recents)
        layout.addStretch(3)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.open = QPushButton(say(text("Open…")))
        self.open.setDefault(True)
        self.setFocusProxy(self.open)
        self.sample = QPushButton(say(text("Try the Sample")))
        self.sample.setToolTip(say(text("A tiny model that comes with MLX Ferry; every step takes seconds")))
        self.open.clicked.connect(self.open_wanted)
        self.sample.clicked.connect(self.sample_wanted)
        row.addStretch(1)
        row.addWidget(self.open)
        row.addWidget(self.sample)
        row.addStretch(1)
        return row

    def show_recents(self, recents: list[Recent]) -> None:
        """What was open before, newest first."""
        while (item := self._recents.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # at once; it goes when the event loop gets to it
                widget.deleteLater()
        buttons: list[QPushButton] = []
        for one in recents[:4]:
            button = QPushButton(menu_text(one.name))
            button.setFlat(True)
            button.setToolTip(plain_tooltip("\n".join(map(str, (one.folder, *one.adapters)))))
            button.clicked.connect(lambda _=False, one=one: self.recent_wanted.emit(one))
            self._recents.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
            buttons.append(button)
        tab_after(self.sample, buttons)
