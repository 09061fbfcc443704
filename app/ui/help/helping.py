"""Opens the help: from the menu, and from Learn More at a finding, whichever window that is in."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWhatsThisClickedEvent
from PySide6.QtWidgets import QWidget

from app.ui.help.help_window import HelpWindow
from app.ui.say import spoken


class Helping(QObject):
    """One help window at a time, which goes when the main window does."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.help: HelpWindow | None = None
        window.installEventFilter(self)

    def open(self, code: str = "") -> None:
        """The guide at the paragraph about a finding, or where it was left."""
        is_new = self.help is None
        if self.help is not None and self.help.language != spoken().code:
            self.help.close()
        shown = self.help or self._made()
        shown.show()  # first: what stands where in the text depends on its width
        if code or is_new:
            shown.show_about(code)
        shown.raise_()
        shown.activateWindow()

    def open_like(self, other: "Helping") -> None:
        """Where it is open at another main window, in whose place this one comes; in the language of now."""
        if other.help is not None:
            self._made().show_like(other.help)

    def _made(self) -> HelpWindow:
        self.help = HelpWindow()
        self.help.closed.connect(self._closed)
        return self.help

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        if isinstance(event, QWhatsThisClickedEvent):
            self.open(event.href())
            return True
        if event.type() == QEvent.Type.Hide and not event.spontaneous() and self.help is not None:
            self.help.close()  # else the program would go on without a main window
        return False

    def _closed(self) -> None:
        self.help = None
