"""Choices that are made on the page, in menus and sheets, and what findings advise."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.plan import ConversionPlan, MetadataEntry
from app.core.remedies import AddAdapter, ChooseImatrix, Remedy
from app.ui.delivery.file_sheet import FileSheet
from app.ui.menus.importance_menu import ImportanceMenu
from app.ui.menus.layout_menu import LayoutMenu
from app.ui.menus.menu_bar import Menus
from app.ui.model_page import ModelPage
from app.ui.session import Session
from app.ui.widgets import sheets
from app.ui.widgets.remedy_sheets import ask_for_name, choose_pre_tokenizer, settle


class Choosing(QObject):
    """Connects page, menus and sheets with the session."""

    def __init__(self, window: QWidget, session: Session, menus: Menus, page: ModelPage) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self.layout, self.importance = LayoutMenu(window), ImportanceMenu(window)
        menus.add_choices(self.layout, self.importance)
        self.layout.chosen.connect(lambda layout: session.choose(layout=layout))
        self.importance.wanted.connect(self.choose_imatrix)
        self.importance.forgotten.connect(lambda: session.choose(imatrix=None))
        menus.connect(
            pre_tokenizer=self.choose_pre_tokenizer,
            name=self.choose_name,
            file_details=self.choose_file_details,
            undo=session.undo,
            redo=session.redo,
        )
        page.head.chosen.connect(lambda head: session.choose(head=head))
        page.head.followed.connect(self.follow)
        page.findings.followed.connect(self.follow)
        page.overview.followed.connect(self.follow)
        page.overview.formats.chosen.connect(lambda kind: session.choose(output_type=kind))
        page.overview.formats.taken.connect(session.choose_formats)
        session.plan_changed.connect(self._plan_changed)

    def choose_imatrix(self) -> None:
        """An importance matrix: a sheet."""
        sheets.choose_importance_matrix(self._window, self._session.read_imatrix)

    def choose_pre_tokenizer(self) -> None:
        """How llama.cpp cuts texts up: a sheet."""
        current = self._session.options.pre_tokenizer
        choose_pre_tokenizer(self._window, current, lambda name: self._session.choose(pre_tokenizer=name))

    def choose_name(self) -> None:
        """What the model is called: a sheet."""
        ask_for_name(self._window, self._session.options.name, self._session.follow)

    def choose_file_details(self) -> None:
        """What the file says of its model, and whether it is divided: a sheet."""
        plan = self._session.plan
        if plan is not None:
            chosen = plan.options
            FileSheet(self._window, plan.metadata, chosen.metadata, chosen.split_max_size, self._choose_details).open()

    def _choose_details(self, metadata: tuple[MetadataEntry, ...], split_max_size: int | None) -> None:
        self._session.choose(metadata=metadata, split_max_size=split_max_size)

    def follow(self, remedy: Remedy) -> None:
        """Do what a finding advises; what it leaves open is asked in a sheet."""
        if isinstance(remedy, ChooseImatrix):
            self.choose_imatrix()
        elif isinstance(remedy, AddAdapter):
            self._session.add_adapter(Path(remedy.path))
        else:
            settle(self._window, remedy, self._session.follow)

    def _plan_changed(self, plan: ConversionPlan) -> None:
        self.layout.show_layout(plan.options.layout)
        self.importance.show_imatrix(plan.options.imatrix)
