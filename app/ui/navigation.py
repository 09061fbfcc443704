"""Which page is in sight: the welcome, the open model's overview or one of its details, or the finished files."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.text import text
from app.ui.library import Library
from app.ui.menus.menu_bar import Menus
from app.ui.model_page import ModelPage
from app.ui.page.detail import Detail
from app.ui.page.detail_page import DetailPage
from app.ui.shell import Shell
from app.ui.welcome import Welcome


class Navigation(QObject):
    """Connects menus and side bar with the pages."""

    def __init__(
        self, window: QWidget, shell: Shell, menus: Menus, welcome: Welcome, page: ModelPage, library: Library
    ) -> None:
        super().__init__(window)
        self._shell, self._welcome, self._page, self._history_page = shell, welcome, page, library.history_page
        self.finished_files = DetailPage(text("Finished files"), self._history_page, fills=True)
        for one in (page, self.finished_files):
            shell.add_page(one)
        self._has_model, self._menus = False, menus
        self.finished_files.back.connect(self.show_model)
        library.file_wanted.connect(lambda _: self.show_finished_files())
        menus.connect(
            find=self.find,
            side_bar=shell.toggle_side_bar,
            overview=self.show_overview,
            tensors=lambda: self.show_detail(Detail.TENSORS),
            history=self.show_finished_files,
            check=self.show_model,  # on whose page the check is shown
        )

    def model_opened(self) -> None:
        """From now on there is a model to go back to."""
        self._has_model = True
        self._menus.enable_pages(True)
        self.show_model()

    def show_model(self) -> None:
        """The open model's page, or what to do without one."""
        self._shell.show_page(self._page if self._has_model else self._welcome)

    def show_overview(self) -> None:
        """The first page of the open model."""
        self.show_model()
        self._page.show_overview()

    def show_detail(self, detail: Detail) -> None:
        """Another page of the open model."""
        self.show_model()
        self._page.show_detail(detail)

    def show_finished_files(self) -> None:
        """All that was converted, newest first."""
        self._shell.show_page(self.finished_files)
        page = self._history_page
        (page.table if page.model.rowCount() else self.finished_files.leave).setFocus()

    def find(self) -> None:
        """Where tensors are searched."""
        self.show_detail(Detail.TENSORS)
        self._page.table.focus_search()
