"""What a person does with adapters of the open model: add, remove, drop, and find the base of one."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.adapter import holds_adapter_only
from app.core.display_name import display_name
from app.core.model.fine_tunes import BaseNotFoundError
from app.ui.cards.adapter_card import AdapterCard
from app.ui.session import Session
from app.ui.widgets import adapter_sheets
from app.ui.widgets.failure import show_failure

Open = Callable[[Path, Sequence[Path]], object]


class Adapting(QObject):
    """Connects the adapters' card and sheets with the session. `open_folder` opens another model."""

    def __init__(self, window: QWidget, session: Session, card: AdapterCard, open_folder: Open) -> None:
        super().__init__(window)
        self._window, self._session, self._open = window, session, open_folder
        card.strength_chosen.connect(session.choose_strength)
        card.state_chosen.connect(session.choose_training_state)
        card.removed.connect(session.remove_adapter)
        session.failed.connect(self.tell)

    def take(self, path: Path, adapters: Sequence[Path] = ()) -> None:
        """Something was dropped; an adapter alone may be meant for the model that is open."""
        checkpoint = self._session.checkpoint
        if checkpoint is None or not holds_adapter_only(path):
            self._open(path, adapters)
            return
        adapter_sheets.ask_what_for(
            self._window,
            display_name(path.parent if path.is_file() else path),
            checkpoint.name,
            add=lambda: self._session.add_adapter(path),
            open_alone=lambda: self._open(path, ()),
        )

    def choose(self) -> None:
        """File > Add Adapter…: a sheet."""
        adapter_sheets.choose_adapter(self._window, self._session.add_adapter)

    def remove(self) -> None:
        """File > Remove Adapter: of several, a sheet asks which."""
        names = [display_name(one.adapter.folder) for one in self._session.adapters]
        if len(names) == 1:
            self._session.remove_adapter(0)
        elif names:
            adapter_sheets.ask_which_to_remove(self._window, names, self._session.remove_adapter)

    def tell(self, error: BaseException) -> None:
        """What went wrong with the open model; of an adapter whose base is not here, that can be found."""
        if isinstance(error, BaseNotFoundError):
            adapter_sheets.ask_for_base(self._window, error, lambda base: self._open(base, [error.adapter]))
        else:
            show_failure(self._window, error)
