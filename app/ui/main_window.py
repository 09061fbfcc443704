"""The window: places pages, connects the session with what shows it; decides nothing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QStackedWidget

from app.core.adapter import holds_adapter_only
from app.core.checkpoint import Checkpoint
from app.core.checkpoint.folder import display_name
from app.core.convert import WrittenFile
from app.core.convert.part_file import write_text
from app.core.errors import AppError
from app.core.model.fine_tunes import BaseNotFoundError
from app.core.plan import ConversionPlan
from app.core.plan.types.tensor_choices import choices_as_text, load_choices
from app.core.progress import Progress
from app.core.remedies import AddAdapter, ChooseImatrix, Remedy
from app.core.resources import SAMPLE, resource_path
from app.core.text import NOTHING, Text, in_one_line, reason_of, text
from app.core.tokenizer.try_text import TriedText
from app.ui import desktop
from app.ui.adapter_export import AdapterExport
from app.ui.checking import Checking
from app.ui.menus.menu_bar import Menus
from app.ui.menus.recents_menu import RecentsMenu
from app.ui.model_page import ModelPage
from app.ui.output.destination import Destination, is_sample
from app.ui.output.result import lost_in
from app.ui.session import Session, State
from app.ui.settings import Recent, Settings
from app.ui.welcome import Welcome
from app.ui.widgets import adapter_sheets, sheets
from app.ui.widgets.dropping import DropOverlay, look_at_drop
from app.ui.widgets.failure import show_failure
from app.ui.widgets.remedy_sheets import ask_for_name, choose_pre_tokenizer, settle
from app.ui.widgets.replacing import ask_before_writing

SMALLEST, USUAL = (760, 520), (1280, 800)


class MainWindow(QMainWindow):
    """One window, one folder at a time."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings, self._session = settings, Session(self)
        self.adapter_export = AdapterExport(self, self._session, lambda: self.target().parent)
        self._destination = Destination()
        self._written: tuple[WrittenFile, ...] = ()
        self._awake: desktop.KeepAwake | None = None
        self._after_cancel: tuple[Path, Sequence[Path]] | None = None
        self.welcome, self.page = Welcome(), ModelPage()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(self.page)
        self.setCentralWidget(self._pages)
        self.overlay = DropOverlay(self)
        self._recents = RecentsMenu(settings, self)
        self.menus = Menus(self, self._recents, self.page.table)
        self.setAcceptDrops(True)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.setWindowTitle("MLX Ferry")
        self._connect()
        self.checking = Checking(self, self._session, self.page, settings)
        self.welcome.show_recents(settings.recents())
        self._state_changed(State.EMPTY)

    # ---- what the user wants

    def open_folder(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Open a folder, with adapters added to it; asks first while a conversion is going on."""
        if self._session.is_converting:
            sheets.ask_to_stop(self, lambda: self._stop_and_open(path, adapters))
            return
        self._destination, self._written = Destination(), ()
        self.checking.forget()
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

    def take(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Something was dropped; an adapter alone may be meant for the model that is open."""
        checkpoint = self._session.checkpoint
        if checkpoint is None or self._session.is_converting or not holds_adapter_only(path):
            self.open_folder(path, adapters)
            return
        adapter_sheets.ask_what_for(
            self,
            display_name(path.parent if path.is_file() else path),
            checkpoint.name,
            add=lambda: self._session.add_adapter(path),
            open_alone=lambda: self.open_folder(path),
        )

    def choose_adapter(self) -> None:
        """File > Add Adapter…: a sheet."""
        adapter_sheets.choose_adapter(self, self._session.add_adapter)

    def remove_adapter(self) -> None:
        """File > Remove Adapter: of several, a sheet asks which."""
        names = [display_name(one.adapter.folder) for one in self._session.adapters]
        if len(names) == 1:
            self._session.remove_adapter(0)
        elif names:
            adapter_sheets.ask_which_to_remove(self, names, self._session.remove_adapter)

    def choose_destination(self) -> None:
        """Where the file goes: a sheet."""
        if self._session.plan is not None:
            sheets.choose_file(self, self.target(), self.set_destination)

    def set_destination(self, path: Path) -> None:
        """The file to write; a name that is the usual one goes on following the type."""
        self._destination.choose(path, self.target())
        self._show_output()

    def convert(self) -> None:
        """Convert; asks before a file is replaced."""
        if self._session.state is not State.READY:
            return
        targets = self.targets()
        only_read = [self._checkpoint().folder]
        ask_before_writing(self, targets, only_read, lambda overwrite: self._session.convert(targets, overwrite))

    def cancel(self) -> None:
        """Stop a conversion or a check; nothing is left behind."""
        if self._session.is_busy:
            self._session.cancel()

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

    def load_types(self) -> None:
        """Types of single tensors from a file: a sheet."""
        sheets.choose_list_of_types(self, self._load_types)

    def _load_types(self, path: Path) -> None:
        try:
            self._session.choose(tensor_types=load_choices(path))
        except AppError as error:
            show_failure(self, error)

    def save_types(self) -> None:
        """Types of single tensors into a file: a sheet."""
        target = self.target()
        sheets.save_list_of_types(self, target.with_name(f"{target.stem}-types.txt"), self._save_types)

    def _save_types(self, path: Path) -> None:
        try:
            write_text(path, choices_as_text(self._session.options.tensor_types))
        except AppError as error:
            show_failure(self, error)

    def reveal(self) -> None:
        """Show the finished file."""
        if self._written:
            desktop.reveal(self._written[0].path)

    def target(self) -> Path:
        """The file that Convert writes, or the first of them."""
        return self.targets()[0]

    def targets(self) -> tuple[Path, ...]:
        """All files that Convert writes."""
        return self._destination.targets(self._checkpoint(), self._session.orders)

    def _checkpoint(self) -> Checkpoint:
        checkpoint = self._session.checkpoint
        assert checkpoint is not None
        return checkpoint

    # ---- what the session tells

    def _connect(self) -> None:
        session, page = self._session, self.page
        session.state_changed.connect(self._state_changed)
        session.folder_changed.connect(self._folder_changed)
        session.plan_changed.connect(self._plan_changed)
        session.progressed.connect(self._progressed)
        session.converted.connect(self._converted)
        session.cancelled.connect(self._cancelled)
        session.failed.connect(self._failed)
        session.vocabulary_changed.connect(page.tokenizer.show_vocabulary)
        session.tried.connect(self._tried)
        page.tokenizer.text_typed.connect(session.try_text)
        page.head.chosen.connect(lambda head: session.choose(head=head))
        page.head.followed.connect(self.follow)
        page.findings.followed.connect(self.follow)
        self._connect_adapters()
        types = page.table.types
        types.chosen.connect(session.choose_tensor_type)
        types.load_wanted.connect(self.load_types)
        types.save_wanted.connect(self.save_types)
        types.forget_wanted.connect(lambda: session.choose(tensor_types=()))
        self.menus.layout.chosen.connect(lambda layout: session.choose(layout=layout))
        self.menus.importance.wanted.connect(self.choose_imatrix)
        self.menus.importance.forgotten.connect(lambda: session.choose(imatrix=None))
        page.output.type_chosen.connect(lambda kind: session.choose(output_type=kind))
        page.output.also_chosen.connect(session.choose_also)
        page.output.destination_wanted.connect(self.choose_destination)
        page.output.convert_wanted.connect(self.convert)
        page.output.cancel_wanted.connect(self.cancel)
        page.output.reveal_wanted.connect(self.reveal)
        page.output.again_wanted.connect(self._again)
        self.welcome.open_wanted.connect(self.choose_folder)
        self.welcome.sample_wanted.connect(self.open_sample)
        self.welcome.recent_wanted.connect(self.open_recent)
        self._recents.chosen.connect(self.open_recent)
        self._recents.cleared.connect(lambda: self.welcome.show_recents([]))
        self.menus.connect(
            open=self.choose_folder,
            sample=self.open_sample,
            add_adapter=self.choose_adapter,
            remove_adapter=self.remove_adapter,
            export_adapter=self.adapter_export.ask,
            convert=self.convert,
            cancel=self.cancel,
            destination=self.choose_destination,
            pre_tokenizer=self.choose_pre_tokenizer,
            name=self.choose_name,
            check=lambda: self.checking.check_all(),
            reveal=self.reveal,
            close=self.close,
            quit=self.close,
            find=self.page.table.focus_search,
            about=lambda: sheets.about(self),
        )
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.page.output)
        escape.activated.connect(self.cancel)
        escape.setContext(Qt.ShortcutContext.WindowShortcut)
        self._escape = escape

    def _connect_adapters(self) -> None:
        card, session = self.page.adapters, self._session
        card.strength_chosen.connect(session.choose_strength)
        card.state_chosen.connect(session.choose_training_state)
        card.removed.connect(session.remove_adapter)
        self.adapter_export.written.connect(self._adapter_written)

    def _state_changed(self, state: State) -> None:
        ready, busy = state is State.READY, self._session.is_busy
        if state is State.CONVERTING:
            self._written = ()
            names = in_one_line(", ".join(target.name for target in self._session.writing))
            self.page.output.show_started(text("Writing {files}", files=names))
        plan = self._session.plan
        can_convert = ready and plan is not None and plan.can_convert
        self.page.head.set_enabled(ready)
        self.page.findings.set_enabled(ready)
        self.page.adapters.set_enabled(ready)
        self.menus.enable_adapters(ready, bool(self._session.adapters))
        self.menus.pre_tokenizer.setEnabled(ready and self._session.has_pre_tokenizers)
        self.menus.name.setEnabled(ready)
        self.menus.layout.setEnabled(ready)
        self.menus.importance.setEnabled(ready)
        self.page.table.types.menuAction().setEnabled(ready)
        self.menus.convert.setEnabled(can_convert)
        self.menus.show_what_to_stop(state is State.CHECKING)
        self.menus.cancel.setEnabled(busy)
        self._escape.setEnabled(busy)
        self.menus.destination.setEnabled(ready and plan is not None)
        self.menus.reveal.setEnabled(bool(self._written))
        self.menus.check.setEnabled(ready and bool(self._session.finished))
        self.page.output.set_can_convert(can_convert, self._reason(state, plan))
        if busy:
            self._awake = self._awake or desktop.KeepAwake()
        elif self._awake is not None:
            self._awake.release()
            self._awake = None
            desktop.set_badge(None)

    def _reason(self, state: State, plan: ConversionPlan | None) -> Text:
        if state is State.LOOKING:
            return text("Checking the weights…")
        if plan is not None and plan.blockers:
            return text("Cannot be converted; the notes say why.")
        return NOTHING

    def _folder_changed(self, checkpoint: Checkpoint) -> None:
        self._written = ()
        self.page.output.show_form()
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
            self._state_changed(self._session.state)

    def _show_output(self) -> None:
        kinds = (plan.options.output_type for plan in self._session.orders)
        self.page.output.show_choices(self._session.plans, dict(zip(kinds, self.targets(), strict=True)))

    def _progressed(self, progress: Progress) -> None:
        if self._session.is_busy:
            self.page.output.show_progress(progress)
            desktop.set_badge(round(100 * progress.share))

    def _converted(self, written: tuple[WrittenFile, ...]) -> None:
        plan = self._session.plan
        assert plan is not None
        self.page.output.show_result(written, plan.lm_head)
        self.page.table.set_plan(plan, written[0].errors, written[0].kept)
        self.page.show_findings(plan, lost_in(written))
        self._tell_ready(written)

    def _adapter_written(self, written: WrittenFile) -> None:
        self.page.output.show_adapter(written)
        self._tell_ready((written,))

    def _tell_ready(self, written: tuple[WrittenFile, ...]) -> None:
        self._written = written
        self.menus.reveal.setEnabled(True)
        self.menus.check.setEnabled(bool(self._session.finished))
        desktop.announce(self, text("{file} is ready", file=written[0].path.name))

    def _tried(self, result: TriedText | AppError) -> None:
        if isinstance(result, TriedText):
            self.page.tokenizer.show_tokens(result)
        else:
            self.page.tokenizer.show_tokens(None, reason_of(result))

    def _cancelled(self) -> None:
        self._show_form_or_files()
        if self._after_cancel is not None:
            opening, self._after_cancel = self._after_cancel, None
            self.open_folder(*opening)

    def _show_form_or_files(self) -> None:
        if self._written:
            self.page.output.show_done()
        else:
            self.page.output.show_form()

    def _failed(self, error: BaseException) -> None:
        self._show_form_or_files()
        if isinstance(error, BaseNotFoundError):
            adapter_sheets.ask_for_base(self, error, lambda base: self.open_folder(base, [error.adapter]))
        else:
            show_failure(self, error)

    def _again(self) -> None:
        self._written = ()
        self.page.output.show_form()
        self._show_output()

    # ---- ending and asking

    def _stop_and_open(self, path: Path, adapters: Sequence[Path]) -> None:
        if not self._session.is_converting:
            self.open_folder(path, adapters)
            return
        self._after_cancel = path, adapters
        self._session.cancel()

    def _stop_and_close(self) -> None:
        self._session.shut_down()
        self._session.state = State.EMPTY
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._session.is_converting:
            event.ignore()
            sheets.ask_to_stop(self, self._stop_and_close)
            return
        self._session.shut_down()
        if self._awake is not None:
            self._awake.release()
            self._awake = None
        self._settings.set_geometry(self.saveGeometry())
        event.accept()

    # ---- dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if not event.mimeData().hasUrls():
            return
        dropped = look_at_drop(event.mimeData())
        is_welcome = dropped.folder is not None
        said = text("Drop to open {folder}", folder=dropped.name) if is_welcome else dropped.reason
        self.overlay.show_text(said, is_welcome)
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if look_at_drop(event.mimeData()).folder is None:
            event.ignore()  # the pointer shows that it will not be taken
        else:
            event.acceptProposedAction()

    def dragLeaveEvent(self, _: QDragLeaveEvent) -> None:
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.overlay.hide()
        dropped = look_at_drop(event.mimeData())
        if dropped.folder is not None:
            event.acceptProposedAction()
            self.take(dropped.folder, dropped.adapters)
