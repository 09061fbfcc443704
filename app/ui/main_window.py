"""The window: places what it has, and connects the session and the queue with what shows them; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from app.core.checkpoint import Checkpoint
from app.core.errors import AppError
from app.core.model.fine_tunes import AdapterChoice, BaseNotFoundError
from app.core.plan import ConversionPlan, Prepared
from app.core.remedies import AddAdapter, ChooseImatrix, Remedy
from app.core.resources import SAMPLE, resource_path
from app.core.text import NOTHING, Text, in_one_line, reason_of, text
from app.core.tokenizer.try_text import TriedText
from app.ui.adapter_export import AdapterExport
from app.ui.adapting import Adapting
from app.ui.attention import Attention
from app.ui.batch import Batch
from app.ui.closing import Closing
from app.ui.menus.enabling import Possible, enable
from app.ui.menus.menu_bar import Menus
from app.ui.menus.recents_menu import RecentsMenu
from app.ui.model_page import ModelPage
from app.ui.output.destination import Destination, is_sample
from app.ui.page_result import PageResult
from app.ui.queue.conversion_queue import ConversionQueue
from app.ui.queue.queue_bar import QueueBar
from app.ui.queue.queue_item import ItemState, ModelFiles, QueueItem
from app.ui.session import Session, State
from app.ui.settings import Recent, Settings
from app.ui.type_lists import TypeLists
from app.ui.welcome import Welcome
from app.ui.widgets import adapter_sheets, sheets
from app.ui.widgets.drop_target import DropTarget
from app.ui.widgets.dropping import Dropped
from app.ui.widgets.failure import show_failure
from app.ui.widgets.remedy_sheets import ask_for_name, choose_pre_tokenizer, settle
from app.ui.widgets.replacing import ask_before_writing

SMALLEST, USUAL = (760, 520), (1280, 800)


class MainWindow(QMainWindow):
    """One window: one model that is open, and a queue that goes on whatever is opened."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings, self._session, self.queue = settings, Session(self), ConversionQueue(self)
        self._destination = Destination()
        self.welcome, self.page, self.queue_bar = Welcome(), ModelPage(), QueueBar(self.queue)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.page)
        self._recents = RecentsMenu(settings, self)
        self.menus = Menus(self, self._recents, self.page.table)
        self._place()
        session, queue, page = self._session, self.queue, self.page
        self._attention, self._closing = Attention(self, queue), Closing(self, queue)
        self.batch, self.result = Batch(self, queue, settings), PageResult(self, session, queue, page)
        self.adapting = Adapting(self, session, page.adapters, self.open_folder)
        self.adapter_export = AdapterExport(self, session, queue, lambda: self.target().parent)
        self.type_lists = TypeLists(self, session, page.table.types, self.target)
        self.drops = DropTarget(self)
        self._connect_session()
        self._connect_page()
        self._connect_menus()
        page.output.show_checks_afterwards(settings.checks_afterwards())
        self.welcome.show_recents(settings.recents())
        self._show_possible()

    def _place(self) -> None:
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.queue_bar)
        self.setCentralWidget(whole)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.setWindowTitle("MLX Ferry")

    # ---- what the user wants

    def open_folder(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open a folder, with adapters added to it; the queue goes on."""
        self._destination = Destination()
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

    def choose_destination(self) -> None:
        """Where the file goes: a sheet."""
        if self._session.plan is not None:
            sheets.choose_file(self, self.target(), self.set_destination)

    def set_destination(self, path: Path) -> None:
        """The file to write; a name that is the usual one goes on following the type."""
        self._destination.choose(path, self.target())
        self._show_output()

    def convert(self) -> None:
        """Put what is chosen into the queue, as soon as it is planned; asks before a file is replaced."""
        self._session.when_planned(self._convert)

    def _convert(self, prepared: Prepared, plans: tuple[ConversionPlan, ...]) -> None:
        checkpoint, targets = prepared.model.checkpoint, self.targets()
        if self.queue.writes_to(targets):
            return

        def add(overwrite: bool) -> None:
            item = QueueItem(
                checkpoint.name,
                checkpoint.folder,
                ModelFiles(prepared, plans),
                targets,
                tuple(AdapterChoice(one.adapter.file.path, one.strength) for one in prepared.model.adapters),
                overwrite,
                self._settings.checks_afterwards(),
            )
            self.result.follow(self.queue.add(item))

        ask_before_writing(self, targets, [checkpoint.folder], add)

    def cancel(self) -> None:
        """Stop the conversion or check that is going on; nothing is left behind."""
        if self.queue.current is not None:
            self.queue.stop(self.queue.current.number)

    def choose_imatrix(self) -> None:
        """An importance matrix: a sheet."""
        sheets.choose_importance_matrix(self, self._session.read_imatrix)

    def choose_pre_tokenizer(self) -> None:
        """How llama.cpp cuts texts up: a sheet."""
        current = self._session.options.pre_tokenizer
        choose_pre_tokenizer(self, current, lambda name: self._session.choose(pre_tokenizer=name))

    def choose_name(self) -> None:
        """What the model is called: a sheet."""
        ask_for_name(self, self._session.options.name, self._session.follow)

    def follow(self, remedy: Remedy) -> None:
        """Do what a finding advises; what it leaves open is asked in a sheet."""
        if isinstance(remedy, ChooseImatrix):
            self.choose_imatrix()
        elif isinstance(remedy, AddAdapter):
            self._session.add_adapter(Path(remedy.path))
        else:
            settle(self, remedy, self._session.follow)

    def target(self) -> Path:
        """The file that Convert writes, or the first of them."""
        return self.targets()[0]

    def targets(self) -> tuple[Path, ...]:
        """All files that Convert writes."""
        checkpoint = self._session.checkpoint
        assert checkpoint is not None
        return self._destination.targets(checkpoint, self._session.orders)

    # ---- who tells whom

    def _connect_session(self) -> None:
        session, queue = self._session, self.queue
        session.state_changed.connect(self._show_possible)
        session.folder_changed.connect(self._folder_changed)
        session.plan_changed.connect(self._plan_changed)
        session.failed.connect(self._failed)
        session.vocabulary_changed.connect(self.page.tokenizer.show_vocabulary)
        session.tried.connect(self._tried)
        queue.rows_changed.connect(self._show_possible)
        queue.changed.connect(self._show_possible)
        self.adapter_export.added.connect(self.result.follow)
        self.drops.dropped.connect(self.take)

    def _connect_page(self) -> None:
        session, page = self._session, self.page
        page.tokenizer.text_typed.connect(session.try_text)
        page.head.chosen.connect(lambda head: session.choose(head=head))
        page.head.followed.connect(self.follow)
        page.findings.followed.connect(self.follow)
        page.output.type_chosen.connect(lambda kind: session.choose(output_type=kind))
        page.output.also_chosen.connect(session.choose_also)
        page.output.destination_wanted.connect(self.choose_destination)
        page.output.convert_wanted.connect(self.convert)
        page.output.again_wanted.connect(self._show_output)
        page.output.checks_afterwards_chosen.connect(self._settings.set_checks_afterwards)
        self.welcome.open_wanted.connect(self.choose_folder)
        self.welcome.sample_wanted.connect(self.open_sample)
        self.welcome.recent_wanted.connect(self.open_recent)
        self._recents.chosen.connect(self.open_recent)
        self._recents.cleared.connect(lambda: self.welcome.show_recents([]))

    def _connect_menus(self) -> None:
        session, menus = self._session, self.menus
        menus.layout.chosen.connect(lambda layout: session.choose(layout=layout))
        menus.importance.wanted.connect(self.choose_imatrix)
        menus.importance.forgotten.connect(lambda: session.choose(imatrix=None))
        menus.connect(
            open=self.choose_folder,
            sample=self.open_sample,
            add_adapter=self.adapting.choose,
            remove_adapter=self.adapting.remove,
            export_adapter=self.adapter_export.ask,
            convert=self.convert,
            cancel=self.cancel,
            destination=self.choose_destination,
            pre_tokenizer=self.choose_pre_tokenizer,
            name=self.choose_name,
            check=self.result.check_all,
            reveal=self.result.reveal,
            close=self.close,
            quit=self.close,
            undo=session.undo,
            redo=session.redo,
            find=self.page.table.focus_search,
            about=lambda: sheets.about(self),
        )

    def _show_possible(self) -> None:
        session, item = self._session, self.queue.current
        plan, is_ready = session.plan, session.state is State.READY
        is_being_written = plan is not None and is_ready and self.queue.writes_to(self.targets())
        can_convert = is_ready and plan is not None and plan.can_convert and not is_being_written
        for part in (self.page.head, self.page.findings, self.page.adapters):
            part.set_enabled(is_ready)
        self.page.table.types.menuAction().setEnabled(is_ready)
        self.page.output.set_can_convert(can_convert, self._reason(is_being_written))
        can = Possible(
            is_ready=is_ready,
            is_planned=plan is not None,
            can_convert=can_convert,
            has_adapters=bool(session.adapters),
            has_pre_tokenizers=session.has_pre_tokenizers,
            has_files=bool(self.result.written),
            can_check=self.result.can_check,
            is_busy=item is not None,
            is_checking=item is not None and item.state is ItemState.CHECKING,
            can_undo=session.history.can_undo,
            can_redo=session.history.can_redo,
        )
        enable(self.menus, can)

    def _reason(self, is_being_written: bool) -> Text:
        plan = self._session.plan
        if self._session.state is State.LOOKING:
            return text("Checking the weights…")
        if plan is not None and plan.blockers:
            return text("Cannot be converted; the notes say why.")
        return text("This file is being written.") if is_being_written else NOTHING

    def _folder_changed(self, checkpoint: Checkpoint) -> None:
        self._pages.setCurrentWidget(self.page)
        self.setWindowTitle(in_one_line(checkpoint.name))
        self.setWindowFilePath(str(checkpoint.folder))
        if not is_sample(checkpoint):
            self._settings.add_recent(checkpoint.folder, [one.adapter.file.path for one in self._session.adapters])
            self._recents.refresh()

    def _plan_changed(self, plan: ConversionPlan) -> None:
        if self._session.checkpoint is not None:
            self.page.adapters.show_adapters(self._session.adapters, self._session.training_states, plan)
            self.page.show_plan(self._session.checkpoint, plan)
            self.menus.layout.show_layout(plan.options.layout)
            self.menus.importance.show_imatrix(plan.options.imatrix)
            self._show_output()
            self.result.show_files_if_chosen()

    def _show_output(self) -> None:
        kinds = (plan.options.output_type for plan in self._session.orders)
        self.page.output.show_choices(self._session.plans, dict(zip(kinds, self.targets(), strict=True)))
        self._show_possible()

    def _tried(self, result: TriedText | AppError) -> None:
        if isinstance(result, TriedText):
            self.page.tokenizer.show_tokens(result)
        else:
            self.page.tokenizer.show_tokens(None, reason_of(result))

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, BaseNotFoundError):
            adapter_sheets.ask_for_base(self, error, lambda base: self.open_folder(base, [error.adapter]))
        else:
            show_failure(self, error)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing.may_close():
            event.ignore()
            return
        self.queue.shut_down()
        self._session.shut_down()
        self._attention.release()
        self._settings.set_geometry(self.saveGeometry())
        event.accept()
