"""After converting: the file to drag, the programs to bring it to, the command to copy, and what came of it."""

import shlex
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from app.core.deliver.answer import Answer
from app.core.deliver.loopback import NotRunningError
from app.core.deliver.model_file import name_without_type
from app.core.deliver.ollama_name import usual_name_of
from app.core.describe.try_it import commands
from app.core.errors import AppError
from app.core.human_text import duration_in_words
from app.core.progress import Progress
from app.core.text import Text, joined, text
from app.ui.delivery.delivering import Delivering
from app.ui.delivery.drag_file import DragFile
from app.ui.delivery.ollama_sheet import OllamaSheet
from app.ui.delivery.orders import Delivered, Order, Program
from app.ui.delivery.status_line import StatusLine, Step
from app.ui.desktop import tell
from app.ui.history.finished_file import FinishedFile
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.failure import show_failure
from app.ui.widgets.flow_layout import FlowLayout
from app.ui.widgets.in_sight import bring_into_sight
from app.ui.widgets.plain_action import plain_action
from app.ui.widgets.shown_text import menu_text


class DeliveryPanel(QWidget):
    """Wishes go up as signals; `follow` connects it with what does the work."""

    order_wanted = Signal(object)  # Order
    stop_wanted = Signal()
    replace_wanted = Signal()  # the last order, over what has the name
    ask_wanted = Signal()
    card_wanted = Signal(object)  # FinishedFile

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file: FinishedFile | None = None
        self.drag, self.arrival, self.answer = DragFile(), StatusLine(), StatusLine()
        self.lm_studio = QPushButton(say(text("Add to LM Studio")))
        self.ollama = QPushButton(say(text("Add to Ollama…")))
        self.copy = QPushButton(say(text("Copy Command")))
        self.more = QPushButton(say(text("More")))
        self._commands, self._others = QMenu(self), QMenu(self)
        self.copy.setMenu(self._commands)
        self.more.setMenu(self._others)
        self.card = plain_action(text("Write a Model Card"), self._others)
        self._orders = (self.lm_studio, self.ollama, self.more)
        self._pressed: QWidget | None = None  # has the focus again when what it began is over
        self._moved_to: QWidget | None = None
        whole, buttons = QVBoxLayout(self), FlowLayout()
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        for button in (self.drag, self.lm_studio, self.ollama, self.copy, self.more):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        whole.addLayout(buttons)
        whole.addWidget(self.arrival)
        whole.addWidget(self.answer)
        self._connect()

    def show_file(self, file: FinishedFile, has_plan: bool = False) -> None:
        """A file that is complete; what was said of another one is gone. `has_plan`: a model card can be written."""
        self._file = file
        self.card.setVisible(has_plan)
        self.drag.show_paths(file.paths)
        self._commands.clear()
        for command in commands(file.task, shlex.quote(str(file.path))):
            action = plain_action(menu_text(command.replace(str(file.path.parent) + "/", "")), self._commands)
            action.triggered.connect(lambda _=False, command=command: self._copy(command))
            self._commands.addAction(action)
        for line in (self.arrival, self.answer):
            line.hide()
        self._enable(True)

    def follow(self, delivering: Delivering) -> None:
        """Show what becomes of the orders, and hand them over."""
        self.order_wanted.connect(delivering.deliver)
        self.stop_wanted.connect(delivering.cancel)
        self.replace_wanted.connect(delivering.replace)
        self.ask_wanted.connect(delivering.ask)
        delivering.started.connect(self._started)
        delivering.progressed.connect(self._progressed)
        delivering.delivered.connect(self._delivered)
        delivering.asking.connect(self._asking)
        delivering.answered.connect(self._answered)
        delivering.silent.connect(self._silent)
        delivering.failed.connect(self._failed)
        delivering.stopped.connect(self._stopped)

    def _connect(self) -> None:
        self.lm_studio.clicked.connect(lambda: self._order(Program.LM_STUDIO))
        self.ollama.clicked.connect(self._ask_for_name)
        self.drag.copied.connect(lambda: self._note(text("The file is on the clipboard.")))
        wishes = {Step.STOP: self.stop_wanted, Step.REPLACE: self.replace_wanted, Step.ASK: self.ask_wanted}
        for line in (self.arrival, self.answer):
            line.step_wanted.connect(lambda step: wishes[step].emit())
        others = {text("Add to Llama.app"): Program.LLAMA, text("Write a Modelfile"): Program.MODELFILE}
        for title, program in others.items():
            action = plain_action(title, self._others)
            action.triggered.connect(lambda _=False, program=program: self._order(program))
            self._others.addAction(action)
        self._others.addAction(self.card)
        self.card.triggered.connect(lambda: self.card_wanted.emit(self._file))

    def _order(self, program: Program, name: str = "", system: str = "") -> None:
        if self._file is not None:
            self.order_wanted.emit(Order(program, self._file.path, self._file.sha256, name, system))

    def _ask_for_name(self) -> None:
        if self._file is not None:
            kind = self._file.type_name
            usual = usual_name_of(name_without_type(self._file.path, kind), kind)
            OllamaSheet(self, usual, lambda name, system: self._order(Program.OLLAMA, name, system)).open()

    def _copy(self, command: str) -> None:
        QGuiApplication.clipboard().setText(command)
        self._note(text("Copied: {command}", command=command))

    def tell_card(self, path: Path) -> None:
        """The model card has been written."""
        self._note(text("The model card is {file}, beside the file.", file=path.name))

    def _note(self, said: Text) -> None:
        """Unless something more important goes on there."""
        if self.lm_studio.isEnabled():
            self._end(self.arrival, Tone.GOOD, said)
            self.answer.hide()

    # ---- what becomes of an order

    def _started(self, doing: Text) -> None:
        self._enable(False)
        self.answer.hide()
        self.arrival.show_going_on(doing)
        bring_into_sight(self.arrival)

    def _progressed(self, progress: Progress) -> None:
        detail = joined("  ·  ", (progress.stage.title, *progress.in_words))
        (self.answer if self.answer.isVisible() else self.arrival).show_share(progress.share, detail)

    def _delivered(self, found: Delivered) -> None:
        self._enable(True)
        detail = text("Try it: {command}", command=found.command) if found.command else ""
        self._end(self.arrival, Tone.GOOD, found.said, detail)

    def _asking(self) -> None:
        self._enable(False)
        self.answer.show_going_on(text("Asking it a short question…"))

    def _answered(self, answer: Answer) -> None:
        self._enable(True)
        seconds = duration_in_words(answer.seconds)
        detail = text("Asked: “{question}” The answer took {seconds}.", question=answer.question, seconds=seconds)
        self._end(self.answer, Tone.GOOD, text("“{answer}”", answer=" ".join(answer.text.split())), detail)

    def _silent(self, error: Exception) -> None:
        self._enable(True)
        if not isinstance(error, AppError):
            self.answer.hide()
            show_failure(self, error)
            return
        if isinstance(error, NotRunningError):
            self._end(
                self.answer, Tone.PLAIN, text("Not tried yet. {reason}", reason=error.message), error.hint, Step.ASK
            )
        else:
            self._end(self.answer, Tone.POOR, error.message, error.hint, Step.ASK)

    def _failed(self, error: Exception, can_replace: bool) -> None:
        self._enable(True)
        if isinstance(error, AppError):
            self._end(self.arrival, Tone.POOR, error.message, error.hint, Step.REPLACE if can_replace else None)
        else:
            self.arrival.hide()
            show_failure(self, error)

    def _stopped(self) -> None:
        self._enable(True)
        line = self.answer if self.answer.isVisible() else self.arrival
        line.show_end(Tone.PLAIN, text("Stopped."))

    def _end(self, line: StatusLine, tone: Tone, said: str, detail: str = "", step: Step | None = None) -> None:
        line.show_end(tone, said, detail, step)
        bring_into_sight(line)
        tell(self, say(said))

    def _enable(self, is_idle: bool) -> None:
        """While a file is on its way no other order is taken. A keyboard stays where it was."""
        if not is_idle:
            self._pressed = next((button for button in self._orders if button.hasFocus()), None)
        for button in self._orders:
            button.setEnabled(is_idle)
        if not is_idle:
            self._moved_to = self.window().focusWidget()  # Qt looks for another one
        elif self._pressed is not None and self.window().focusWidget() is self._moved_to:
            self._pressed.setFocus()
