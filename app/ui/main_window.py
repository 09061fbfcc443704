"""The window: places what it has, and connects the session and the queue with what shows them; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.core.checkpoint import Checkpoint
from app.core.plan import ConversionPlan
from app.core.resources import SAMPLE, resource_path
from app.core.text import in_one_line, text
from app.ui.adapter_export import AdapterExport
from app.ui.adapting import Adapting
from app.ui.attention import Attention
from app.ui.batch import Batch
from app.ui.choosing import Choosing
from app.ui.closing import Closing
from app.ui.converting import Converting
from app.ui.menus.enabling import enable
from app.ui.menus.menu_bar import Menus
from app.ui.menus.recents_menu import RecentsMenu
from app.ui.model_page import ModelPage
from app.ui.output.destination import is_sample
from app.ui.page_result import PageResult
from app.ui.possibilities import possible
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_bar import QueueBar
from app.ui.session import Session
from app.ui.settings import Recent, Settings
from app.ui.type_lists import TypeLists
from app.ui.welcome import Welcome
from app.ui.widgets import sheets
from app.ui.widgets.drop_target import DropTarget
from app.ui.widgets.dropping import Dropped

SMALLEST, USUAL = (760, 520), (1280, 800)


class MainWindow(QMainWindow):
    """One window: one model that is open, and a queue that goes on whatever is opened."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings, self._session, self.queue = settings, Session(self), ConversionQueue(self)
        session, queue = self._session, self.queue
        self.welcome, self.page, self.queue_bar = Welcome(), ModelPage(), QueueBar(queue)
        self._recents = RecentsMenu(settings, self)
        self.menus = Menus(self, self._recents, self.page.table)
        self._place()
        self.drops = DropTarget(self)
        self.converting = Converting(self, session, queue, settings)
        self.result = PageResult(self, session, queue, self.page)
        self.batch = Batch(self, queue, settings)
        self.choosing = Choosing(self, session, self.menus, self.page)
        self.adapting = Adapting(self, session, self.page.adapters, self.open_folder)
        self.adapter_export = AdapterExport(self, session, queue, lambda: self.converting.targets()[0].parent)
        self.type_lists = TypeLists(self, session, self.page.table.types, lambda: self.converting.targets()[0])
        self._closing, self._attention = Closing(self, queue), Attention(self, queue)
        self._connect_session()
        self._connect_page()
        self._connect_menus()
        self.page.output.show_checks_afterwards(settings.checks_afterwards())
        self.welcome.show_recents(settings.recents())
        self._show_possible()

    def _place(self) -> None:
        self._pages, whole = QStackedWidget(), QWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.page)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.queue_bar)
        self.setCentralWidget(whole)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.setWindowTitle("MLX Ferry")

    # ---- opening

    def open_folder(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open a folder, with adapters added to it; the queue goes on."""
        self.converting.forget_destination()
        self.result.forget()
        self._session.open(path, adapters)

    def open_recent(self, recent: Recent) -> None:
        """A folder again, with the adapters that it had."""
        self.open_folder(recent.folder, recent.adapters)

    def open_sample(self) -> None:
        """The model that comes with the program."""
        self.open_folder(resource_path(SAMPLE))

    def choose_folder(self) -> None:
        """File > Open…: a sheet."""
        sheets.choose_folder(self, text("Choose a model folder"), self.open_folder)

    def take(self, dropped: Dropped) -> None:
        """Open what was dropped; several models are converted instead."""
        if dropped.folder is None:
            self.batch.ask(dropped.several)
        else:
            self.adapting.take(dropped.folder, dropped.adapters)

    # ---- who tells whom

    def _connect_session(self) -> None:
        session, queue = self._session, self.queue
        session.state_changed.connect(self._show_possible)
        session.folder_changed.connect(self._folder_changed)
        session.plan_changed.connect(self._plan_changed)
        tokenizer = self.page.tokenizer
        session.vocabulary_changed.connect(self.page.show_vocabulary)
        session.tried.connect(tokenizer.show_tried)
        tokenizer.text_typed.connect(session.try_text)
        queue.rows_changed.connect(self._show_possible)
        queue.changed.connect(self._show_possible)
        self.adapter_export.added.connect(self.result.follow)
        self.converting.added.connect(self.result.follow)
        self.converting.destination_changed.connect(self._show_output)

    def _connect_page(self) -> None:
        output, welcome = self.page.output, self.welcome
        self.drops.dropped.connect(self.take)
        output.destination_wanted.connect(self.converting.choose_destination)
        output.convert_wanted.connect(self.converting.convert)
        output.again_wanted.connect(self._show_output)
        output.checks_afterwards_chosen.connect(self._settings.set_checks_afterwards)
        welcome.open_wanted.connect(self.choose_folder)
        welcome.sample_wanted.connect(self.open_sample)
        welcome.recent_wanted.connect(self.open_recent)
        self._recents.chosen.connect(self.open_recent)
        self._recents.cleared.connect(lambda: welcome.show_recents([]))

    def _connect_menus(self) -> None:
        self.menus.connect(
            open=self.choose_folder,
            sample=self.open_sample,
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
            find=self.page.table.focus_search,
            shortcuts=self.menus.show_shortcuts,
            about=lambda: sheets.about(self),
        )

    def _show_possible(self) -> None:
        can = possible(self._session, self.queue, self.converting, self.result)
        enable(self.menus, can)
        self.page.set_enabled(can.is_ready)
        self.page.output.set_can_convert(can.can_convert, self.converting.why_not)

    def _folder_changed(self, checkpoint: Checkpoint) -> None:
        self._pages.setCurrentWidget(self.page)
        self.setWindowTitle(in_one_line(checkpoint.name))
        self.setWindowFilePath(str(checkpoint.folder))
        if not is_sample(checkpoint):
            self._settings.add_recent(checkpoint.folder, [one.adapter.file.path for one in self._session.adapters])
            self._recents.refresh()

    def _plan_changed(self, plan: ConversionPlan) -> None:
        session = self._session
        assert session.checkpoint is not None
        self.page.adapters.show_adapters(session.adapters, session.training_states, plan)
        self.page.show_plan(session.checkpoint, plan, session.plans, session.also)
        self._show_output()
        self.result.show_files_if_chosen()

    def _show_output(self) -> None:
        kinds = (plan.options.output_type for plan in self._session.orders)
        targets = dict(zip(kinds, self.converting.targets(), strict=True))
        self.page.output.show_choices(self._session.plans, targets)
        self._show_possible()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing.may_close():
            event.ignore()
            return
        self.queue.shut_down()
        self._session.shut_down()
        self._attention.release()
        self._settings.set_geometry(self.saveGeometry())
        event.accept()
