"""One item of the queue as a row: what it makes, how it stands, and what can be done with it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from app.core.text import Text, in_one_line, text
from app.ui.desktop import reveal_label
from app.ui.proof.toned import TonedSign
from app.ui.proof.tones import Tone
from app.ui.queue.item_progress import ItemProgress
from app.ui.queue.queue_item import ItemState, QueueItem
from app.ui.queue.queue_words import progress_in_short, reason_in, state_of, title_of
from app.ui.say import say
from app.ui.widgets.card_frame import quiet, wrapping
from app.ui.widgets.elided_label import ElidedLabel
from app.ui.widgets.plain_action import plain_action
from app.ui.widgets.shown_text import plain_tooltip

MARGIN, SIGN = 6, 16
TONES = {ItemState.DONE: Tone.GOOD, ItemState.FAILED: Tone.BAD}
EARLIER, LATER = -1, 1


class QueueRow(QWidget):
    """Stays as long as its item, so that the focus does. Wishes go up."""

    stop_wanted = Signal()
    retry_wanted = Signal()
    remove_wanted = Signal()
    reveal_wanted = Signal()
    details_wanted = Signal()
    moved = Signal(int)  # rows up or down

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.title, self.state, self.bar, self.reason = ElidedLabel(), quiet(QLabel()), ItemProgress(), wrapping()
        self.sign = TonedSign(SIGN)
        size = self.sign.sizePolicy()
        size.setRetainSizeWhenHidden(True)  # titles stand below each other
        self.sign.setSizePolicy(size)
        self.stop = QPushButton(say(text("Stop")))
        self.retry = QPushButton(say(text("Try Again")))
        self.details = QPushButton(say(text("Details…")))
        self.reveal = QPushButton(say(reveal_label()))
        self.remove = QPushButton(say(text("Remove")))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button, wish in (
            (self.stop, self.stop_wanted),
            (self.retry, self.retry_wanted),
            (self.details, self.details_wanted),
            (self.reveal, self.reveal_wanted),
            (self.remove, self.remove_wanted),
        ):
            button.clicked.connect(lambda _=False, wish=wish: wish.emit())
            buttons.addWidget(button)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.earlier, self.later = (plain_action(title, self) for title in (text("Move &Up"), text("Move &Down")))
        for action, by in ((self.earlier, EARLIER), (self.later, LATER)):
            action.triggered.connect(lambda _=False, by=by: self.moved.emit(by))
            self.addAction(action)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, MARGIN, 0, MARGIN)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.sign, 0, 0)
        layout.addWidget(self.title, 0, 1)
        layout.addWidget(self.bar, 0, 2)
        layout.addWidget(self.state, 0, 3)
        layout.addLayout(buttons, 0, 4)
        layout.addWidget(self.reason, 1, 1, 1, 4)

    def show_item(self, item: QueueItem) -> None:
        """All of it."""
        title, state, is_over = title_of(item), item.state, item.state.is_over
        self.title.show_line(title)
        self._show_state(state_of(item))
        self.setAccessibleName(say(text("{title}: {value}", title=title, value=state_of(item))))
        self.sign.show_tone(TONES.get(state, Tone.PLAIN))
        self.sign.setVisible(state in TONES)
        self.bar.setVisible(state.is_running)
        self.bar.setAccessibleName(say(text("Progress of {what}", what=title)))
        self.show_progress(item)
        self.reason.setText(say(reason_in(item)))
        self.reason.setVisible(item.failure is not None)
        self.stop.setVisible(not is_over)
        self.retry.setVisible(state in (ItemState.FAILED, ItemState.STOPPED))
        self.details.setVisible(item.failure is not None)
        self.reveal.setVisible(bool(item.written))
        self.remove.setVisible(is_over)
        for button, name in self._names(title):
            button.setAccessibleName(say(name))

    def _names(self, title: Text) -> tuple[tuple[QPushButton, Text], ...]:
        return (
            (self.stop, text("Stop {what}", what=title)),
            (self.retry, text("Try {what} again", what=title)),
            (self.details, text("Details of {what}", what=title)),
            (self.reveal, text("Show the file of {what}", what=title)),
            (self.remove, text("Remove {what} from the queue", what=title)),
        )

    def show_progress(self, item: QueueItem) -> None:
        """What changes many times a second."""
        self.bar.show_progress(item.progress)
        if item.state.is_running and item.progress is not None:
            self._show_state(progress_in_short(item.progress))
            stage = text("{stage} {item}", stage=item.progress.stage.title, item=item.progress.item)
            self.setToolTip(plain_tooltip(in_one_line("  ·  ".join(map(say, (stage, *item.progress.in_words))))))
        else:
            self.setToolTip("")

    def _show_state(self, said: str) -> None:
        self.state.setText(say(said))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Alt with an arrow moves the item, Delete stops it or takes it away."""
        is_move = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if is_move and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(EARLIER if event.key() == Qt.Key.Key_Up else LATER)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            (self.remove_wanted if self.stop.isHidden() else self.stop_wanted).emit()
        else:
            super().keyPressEvent(event)
