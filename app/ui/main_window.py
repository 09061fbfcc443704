"""The window: places what it has, and connects the session and the queue with what shows them; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from app.core.checkpoint import Checkpoint
from app.core.plan import ConversionPlan
from app.core.text import in_one_line
from app.ui.adapter_export import AdapterExport
from app.ui.adapting import Adapting
from app.ui.attention import Attention
from app.ui.batch import Batch
from app.ui.choosing import Choosing
from app.ui.closing import Closing
from app.ui.converting import Converting
from app.ui.help.helping import Helping
from app.ui.history.store import History
from app.ui.library import Library
from app.ui.menus.enabling import enable
from app.ui.menus.menu_bar import Menus
from app.ui.menus.recents_menu import RecentsMenu
from app.ui.model_cards import ModelCards
from app.ui.model_page import ModelPage
from app.ui.navigation import Navigation
from app.ui.opening import Opening
from app.ui.page_result import PageResult
from app.ui.possibilities import possible
from app.ui.preferring import Preferring
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_bar import QueueBar
from app.ui.remembering import Remembering
from app.ui.session import Session
from app.ui.settings import Settings
from app.ui.shell import Shell
from app.ui.tensor_lists import TensorLists
from app.ui.top_bar import TopBar
from app.ui.type_lists import TypeLists
from app.ui.welcome import Welcome
from app.ui.widgets import sheets
from app.ui.widgets.drop_target import DropTarget
from app.ui.widgets.dropping import Dropped

SMALLEST, USUAL = (760, 520), (1280, 800)


class MainWindow(QMainWindow):
    """One window: one model that is open, and a queue that goes on whatever is opened."""

    def __init__(
        self, settings: Settings, history: History | None = None, queue: ConversionQueue | None = None
    ) -> None:
        """`history` and `queue` of a window that this one takes the place of."""
        super().__init__()
        self.settings, self._session, self.queue = settings, Session(self), queue or ConversionQueue()
        session, queue = self._session, self.queue
        queue.setParent(self)
        self.welcome, self.page = Welcome(), ModelPage()
        self.menus = Menus(self, RecentsMenu(settings, self), self.page.table)
        self.library = Library(self, settings, history or History(parent=self))
        self.queue_bar = QueueBar(queue)
        self.top_bar = TopBar(self.menus.side_bar, (self.menus.overview, self.menus.tensors, self.menus.history))
        self.shell = Shell(self.top_bar, self.library.side_bar, self.queue_bar)
        self.setCentralWidget(self.shell)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.setWindowTitle("MLX Ferry")
        self.drops = DropTarget(self)
        self.opening = Opening(self, session, settings, self.menus, self.welcome, self.library)
        self.navigation = Navigation(self, self.shell, self.menus, self.welcome, self.page, self.library)
        self.converting = Converting(self, session, queue, settings)
        self.result = PageResult(self, session, queue, self.page)
        self.model_cards = ModelCards(self, self.result, self.page.output.delivery)
        self.batch = Batch(self, queue, settings)
        self.choosing = Choosing(self, session, self.menus, self.page)
        self.adapting = Adapting(self, session, self.page.adapters, self.open_folder)
        self.adapter_export = AdapterExport(self, session, queue, lambda: self.converting.targets()[0].parent)
        self.type_lists = TypeLists(self, session, self.page.table.types, lambda: self.converting.targets()[0])
        self.tensor_lists = TensorLists(self, self.page.tensors, settings)
        self.preferring, self.helping = Preferring(self, settings), Helping(self)
        self.remembering = Remembering(self, queue, self.library, self.opening.open_folder)
        self._closing, self._attention = Closing(self, queue), Attention(self, queue)
        self._connect_session()
        self._connect_page()
        self._connect_menus()
        self._show_settings()
        self.library.start()
        self._show_possible()

    def open_folder(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open a folder, with adapters added to it; the queue goes on."""
        self.opening.open_folder(path, adapters)

    def take(self, dropped: Dropped) -> None:
        """Open what was dropped; several models are converted instead."""
        if dropped.folder is None:
            self.batch.ask([(folder, ()) for folder in dropped.several])
        else:
            self.adapting.take(dropped.folder, dropped.adapters)

    # ---- who tells whom

    def _connect_session(self) -> None:
        session, queue = self._session, self.queue
        session.state_changed.connect(self._show_possible)
        session.folder_changed.connect(self._folder_changed)
        session.plan_changed.connect(self._plan_changed)
        self.opening.begun.connect(self.converting.forget_destination)
        self.opening.begun.connect(self.result.forget)
        tokenizer = self.page.tokenizer
        session.vocabulary_changed.connect(self.page.show_vocabulary)
        session.trying.tried.connect(tokenizer.show_tried)
        tokenizer.text_typed.connect(session.trying.try_text)
        queue.rows_changed.connect(self._show_possible)
        queue.changed.connect(self._show_possible)
        self.adapter_export.added.connect(self.result.follow)
        self.converting.added.connect(self.result.follow)
        self.converting.destination_changed.connect(self._show_output)

    def _connect_page(self) -> None:
        output = self.page.output
        self.drops.dropped.connect(self.take)
        output.destination_wanted.connect(self.converting.choose_destination)
        output.convert_wanted.connect(self.converting.convert)
        output.again_wanted.connect(self._show_output)
        output.checks_afterwards_chosen.connect(self.settings.set_checks_afterwards)
        self.library.convert_wanted.connect(self.batch.ask)
        self.batch.added.connect(self.queue_bar.unfold)
        self.preferring.changed.connect(self._show_settings)

    def _connect_menus(self) -> None:
        self.menus.connect(
            add_adapter=self.adapting.choose,
            remove_adapter=self.adapting.remove,
            export_adapter=self.adapter_export.ask,
            convert=self.converting.convert,
            cancel=self.queue.stop_current,
            destination=self.converting.choose_destination,
            check=self.result.check_all,
            reveal=self.result.reveal,
            close=self.close,
            quit=self.close,
            settings=self.preferring.open,
            guide=self.helping.open,
            shortcuts=self.menus.show_shortcuts,
            about=lambda: sheets.about(self),
        )

    def _show_possible(self) -> None:
        can = possible(self._session, self.queue, self.converting, self.result)
        enable(self.menus, can)
        self.page.set_enabled(can.is_ready)
        self.page.output.set_can_convert(can.can_convert, self.converting.why_not)

    def _folder_changed(self, checkpoint: Checkpoint) -> None:
        self.page.set_model(self._session.model)
        self.navigation.model_opened()
        self.top_bar.title.show_line(checkpoint.name)
        self.setWindowTitle(in_one_line(checkpoint.name))
        self.setWindowFilePath(str(checkpoint.folder))

    def _plan_changed(self, plan: ConversionPlan) -> None:
        session = self._session
        assert session.checkpoint is not None
        self.page.adapters.show_adapters(session.adapters, session.training_states, plan)
        self.page.show_plan(session.checkpoint, plan, session.plans, session.also, self.result.lost)
        self._show_output()
        self.result.show_files_if_chosen()

    def _show_output(self) -> None:
        kinds = (plan.options.output_type for plan in self._session.orders)
        targets = dict(zip(kinds, self.converting.targets(), strict=True))
        self.page.output.show_choices(self._session.plans, targets)
        self._show_possible()

    def _show_settings(self) -> None:
        self.page.output.show_checks_afterwards(self.settings.checks_afterwards())
        if self._session.plan is not None:
            self._show_output()

    def stop_all_but_queue(self) -> None:
        """Nothing goes on here any more, but for what the queue does."""
        for part in (self._session, self.result, self.page.tensors, self.library):
            part.shut_down()
        self._attention.release()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing.may_close():
            event.ignore()
            return
        self.queue.shut_down()
        self.stop_all_but_queue()
        self.settings.set_geometry(self.saveGeometry())
        event.accept()
