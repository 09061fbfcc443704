"""The window: places what it has, and connects the session and the queue with what shows them; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from app.core.checkpoint import Checkpoint
from app.core.plan import ConversionPlan
from app.core.text import in_one_line, text
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
from app.ui.model_page import ModelPage
from app.ui.opening import Opening
from app.ui.output.destination import is_sample
from app.ui.page.detail import Detail
from app.ui.page.detail_page import DetailPage
from app.ui.page_result import PageResult
from app.ui.possibilities import possible
from app.ui.preferring import Preferring
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_bar import QueueBar
from app.ui.remembering import Remembering
from app.ui.session import Session
from app.ui.settings import Settings
from app.ui.shell import Shell
from app.ui.top_bar import TopBar
from app.ui.type_lists import TypeLists
from app.ui.welcome import Welcome
from app.ui.widgets import sheets
from app.ui.widgets.drop_target import DropTarget
from app.ui.widgets.dropping import Dropped

SMALLEST, USUAL = (760, 520), (1280, 800)


class MainWindow(QMainWindow):
    """One window: one model that is open, and a queue that goes on whatever is opened."""

    def __init__(self, settings: Settings, history: History | None = None) -> None:
        super().__init__()
        self._settings, self._session, self.queue = settings, Session(self), ConversionQueue(self)
        session, queue = self._session, self.queue
        self.welcome, self.page = Welcome(), ModelPage()
        self.library = Library(self, settings, history or History(parent=self))
        self.recents = RecentsMenu(settings, self)
        self.menus = Menus(self, self.recents, self.page.table)
        self._place()
        self.drops = DropTarget(self)
        self.opening = Opening(self, session, settings)
        self.converting = Converting(self, session, queue, settings)
        self.result = PageResult(self, session, queue, self.page)
        self.batch = Batch(self, queue, settings)
        self.choosing = Choosing(self, session, self.menus, self.page)
        self.adapting = Adapting(self, session, self.page.adapters, self.open_folder)
        self.adapter_export = AdapterExport(self, session, queue, lambda: self.converting.targets()[0].parent)
        self.type_lists = TypeLists(self, session, self.page.table.types, lambda: self.converting.targets()[0])
        self.preferring, self.helping = Preferring(self, settings), Helping(self)
        history_page = self.library.history_page
        self.remembering = Remembering(self, queue, self.library.history, history_page, self.opening.open_folder)
        self._closing, self._attention = Closing(self, queue), Attention(self, queue)
        self._connect_session()
        self._connect_page()
        self._connect_library()
        self._connect_menus()
        self.page.output.show_checks_afterwards(settings.checks_afterwards())
        self.welcome.show_recents(settings.recents())
        self.library.start()
        self._show_possible()
        self.welcome.setFocus()

    def _place(self) -> None:
        menus = self.menus
        self.top_bar = TopBar(menus.side_bar, (menus.overview, menus.tensors, menus.history))
        self.queue_bar = QueueBar(self.queue)
        self.finished_files = DetailPage(text("Finished files"), self.library.history_page, fills=True)
        self.shell = Shell(self.top_bar, self.library.side_bar, self.queue_bar)
        for page in (self.welcome, self.page, self.finished_files):
            self.shell.add_page(page)
        self.setCentralWidget(self.shell)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.setWindowTitle("MLX Ferry")

    def open_folder(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open a folder, with adapters added to it; the queue goes on."""
        self.opening.open_folder(path, adapters)

    def take(self, dropped: Dropped) -> None:
        """Open what was dropped; several models are converted instead."""
        if dropped.folder is None:
            self.batch.ask(dropped.several)
        else:
            self.adapting.take(dropped.folder, dropped.adapters)

    def show_model(self) -> None:
        """The open model's page, or what to do without one."""
        self.shell.show_page(self.welcome if self._session.checkpoint is None else self.page)

    def show_detail(self, detail: Detail) -> None:
        """A page of the open model."""
        self.show_model()
        self.page.show_detail(detail)

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
        welcome.open_wanted.connect(self.opening.choose)
        welcome.sample_wanted.connect(self.opening.open_sample)
        welcome.recent_wanted.connect(self.opening.open_recent)

    def _connect_library(self) -> None:
        library, shell = self.library, self.shell
        library.open_wanted.connect(self.open_folder)
        library.choose_wanted.connect(self.opening.choose)
        library.convert_wanted.connect(lambda wanted: self.batch.ask([folder for folder, _ in wanted]))
        library.file_wanted.connect(lambda _: shell.show_page(self.finished_files))
        library.recents_changed.connect(self._recents_changed)
        self.recents.chosen.connect(self.opening.open_recent)
        self.recents.cleared.connect(self._recents_changed)
        self.finished_files.back.connect(self.show_model)
        shell.side_bar_shown.connect(self.menus.side_bar.setChecked)
        self.menus.side_bar.setChecked(not self.library.side_bar.isHidden())

    def _connect_menus(self) -> None:
        self.menus.connect(
            open=self.opening.choose,
            sample=self.opening.open_sample,
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
            find=self._find,
            side_bar=self.shell.toggle_side_bar,
            overview=self._show_overview,
            tensors=lambda: self.show_detail(Detail.TENSORS),
            history=lambda: self.shell.show_page(self.finished_files),
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
        adapters = [one.adapter.file.path for one in self._session.adapters]
        self.page.set_model(self._session.model)
        self.show_model()
        self.top_bar.title.show_line(checkpoint.name)
        self.setWindowTitle(in_one_line(checkpoint.name))
        self.setWindowFilePath(str(checkpoint.folder))
        if not is_sample(checkpoint):
            self._settings.add_recent(checkpoint.folder, adapters)
            self._recents_changed()
        self.library.note_opened(checkpoint.folder, adapters)

    def _recents_changed(self) -> None:
        self.recents.refresh()
        self.welcome.show_recents(self._settings.recents())

    def _show_overview(self) -> None:
        self.show_model()
        self.page.show_overview()

    def _find(self) -> None:
        self.show_detail(Detail.TENSORS)
        self.page.table.focus_search()

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
        self.result.shut_down()
        self.page.tensors.shut_down()
        self.library.shut_down()
        self._attention.release()
        self._settings.set_geometry(self.saveGeometry())
        event.accept()
