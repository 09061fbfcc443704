"""What works in the window: the open model's page, the queue, what is remembered; connects them, decides nothing."""

from PySide6.QtCore import QObject

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
from app.ui.frame import Frame
from app.ui.help.helping import Helping
from app.ui.history.store import History
from app.ui.library import Library
from app.ui.menus.enabling import enable
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
from app.ui.tensor_lists import TensorLists
from app.ui.type_lists import TypeLists
from app.ui.widgets import sheets
from app.ui.widgets.drop_target import DropTarget
from app.ui.widgets.dropping import Dropped


class Workbench(QObject):
    """Placed in a frame, and connected with its menus."""

    def __init__(self, frame: Frame, history: History | None = None, queue: ConversionQueue | None = None) -> None:
        """`history` and `queue` of a window that this one takes the place of."""
        super().__init__(frame)
        settings, menus = frame.settings, frame.menus
        self._frame, self.settings = frame, settings
        self.session, self.queue = Session(frame), queue or ConversionQueue()
        session, queue = self.session, self.queue
        queue.setParent(frame)
        self.page = page = ModelPage()
        menus.add_copying(page.table.copy, page.table.copy_table)
        self.library = Library(frame, settings, history or History(parent=frame))
        self.queue_bar = QueueBar(queue)
        frame.shell.furnish(self.library.side_bar, self.queue_bar)
        self.drops = DropTarget(frame)
        self.opening = Opening(frame, session, settings, menus, frame.welcome, self.library)
        self.navigation = Navigation(frame, frame.shell, menus, frame.welcome, page, self.library)
        self.converting = Converting(frame, session, queue, settings)
        self.result = PageResult(frame, session, queue, page)
        self.model_cards = ModelCards(frame, self.result, page.output.delivery)
        self.batch = Batch(frame, queue, settings)
        self.choosing = Choosing(frame, session, menus, page)
        self.adapting = Adapting(frame, session, page.adapters, self.opening.open_folder)
        self.adapter_export = AdapterExport(frame, session, queue, lambda: self.converting.targets()[0].parent)
        self.type_lists = TypeLists(frame, session, page.table.types, lambda: self.converting.targets()[0])
        self.tensor_lists = TensorLists(frame, page.tensors, settings)
        self.preferring, self.helping = Preferring(frame, settings), Helping(frame)
        self.remembering = Remembering(frame, queue, self.library, self.opening.open_folder)
        self._closing, self._attention = Closing(frame, queue), Attention(frame, queue)
        self._connect_session()
        self._connect_page()
        self._connect_menus()
        self._show_settings()
        self.library.start()
        self._show_possible()

    def take(self, dropped: Dropped) -> None:
        """Open what was dropped; several models are converted instead."""
        if dropped.folder is None:
            self.batch.ask([(folder, ()) for folder in dropped.several])
        else:
            self.adapting.take(dropped.folder, dropped.adapters)

    def stop_all_but_queue(self) -> None:
        """Nothing goes on here any more, but for what the queue does."""
        for part in (self.session, self.result, self.page.tensors, self.library):
            part.shut_down()
        self._attention.release()

    def may_close(self) -> bool:
        """Whether nothing would be lost; else it is asked."""
        return self._closing.may_close()

    # ---- who tells whom

    def _connect_session(self) -> None:
        session, queue = self.session, self.queue
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
        self._frame.menus.connect(
            add_adapter=self.adapting.choose,
            remove_adapter=self.adapting.remove,
            export_adapter=self.adapter_export.ask,
            convert=self.converting.convert,
            cancel=self.queue.stop_current,
            destination=self.converting.choose_destination,
            check=self.result.check_all,
            reveal=self.result.reveal,
            close=self._frame.close,
            quit=self._frame.close,
            settings=self.preferring.open,
            guide=self.helping.open,
            shortcuts=self._frame.menus.show_shortcuts,
            about=lambda: sheets.about(self._frame),
        )

    def _show_possible(self) -> None:
        can = possible(self.session, self.queue, self.converting, self.result)
        enable(self._frame.menus, can)
        self.page.set_enabled(can.is_ready)
        self.page.output.set_can_convert(can.can_convert, self.converting.why_not)

    def _folder_changed(self, checkpoint: Checkpoint) -> None:
        self.page.set_model(self.session.model)
        self.navigation.model_opened()
        self._frame.top_bar.title.show_line(checkpoint.name)
        self._frame.setWindowTitle(in_one_line(checkpoint.name))
        self._frame.setWindowFilePath(str(checkpoint.folder))

    def _plan_changed(self, plan: ConversionPlan) -> None:
        session = self.session
        assert session.checkpoint is not None
        self.page.adapters.show_adapters(session.adapters, session.training_states, plan)
        self.page.show_plan(session.checkpoint, plan, session.plans, session.also, self.result.lost)
        self._show_output()
        self.result.show_files_if_chosen()

    def _show_output(self) -> None:
        kinds = (plan.options.output_type for plan in self.session.orders)
        targets = dict(zip(kinds, self.converting.targets(), strict=True))
        self.page.output.show_choices(self.session.plans, targets)
        self._show_possible()

    def _show_settings(self) -> None:
        self.page.output.show_checks_afterwards(self.settings.checks_afterwards())
        if self.session.plan is not None:
            self._show_output()
