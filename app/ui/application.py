"""The application: starts the window, takes folders from Finder and the Dock, turns unseen errors into a report."""

import gc
import signal
import socket
import sys
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QLibraryInfo, QSocketNotifier, Qt, QTimer, QTranslator
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from app import __version__
from app.core.language import Language
from app.core.log_folder import log_folder
from app.core.resources import resource_path
from app.ui import say
from app.ui.main_window import MainWindow
from app.ui.preferences.languages import language_of
from app.ui.preferences.text_size import TextSize
from app.ui.process_locale import kept_locale
from app.ui.session_log import SessionLog
from app.ui.settings import Settings

# Qt asks Python for much that it paints; with the usual 5 ms each question may wait that long for every worker that
# computes. With much less the workers take the lock from what is answered, again and again: measured, 1 ms is best.
SWITCH_SECONDS = 0.001
GATHERING = 50  # milliseconds; folders that were dropped together on the Dock come one by one


class Application(QApplication):
    """Keeps folders that arrive before there is a window."""

    def __init__(self, arguments: list[str]) -> None:
        with kept_locale():
            super().__init__(arguments)
        self.setApplicationName("MLX Ferry")
        self.setApplicationVersion(__version__)
        self.setOrganizationName("MLX Ferry")
        self.setWindowIcon(QIcon(str(resource_path("app-icon.svg"))))
        self.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
        self.window: MainWindow | None = None
        self._named: list[Path] = []  # what came from Finder, until all that was dropped together is here
        self._gathering = QTimer(self, singleShot=True, interval=GATHERING)
        self._gathering.timeout.connect(self._open_named)
        self._translator = QTranslator(self)
        self.text_size = TextSize(self)
        self.speak(say.window_language())

    def speak(self, language: Language) -> None:
        """What is made from now on is in this language, Qt's own buttons and panels too where it has them."""
        say.speak(language)
        self.removeTranslator(self._translator)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if self._translator.load(f"qtbase_{language.code}", folder):
            self.installTranslator(self._translator)

    def use(self, settings: Settings) -> None:
        """The language and the size of texts that were chosen, for what is made from now on."""
        self.speak(language_of(settings.language()))
        self.text_size.apply(settings.text_size())

    def event(self, event: QEvent) -> bool:
        """A folder dropped on the Dock icon, or opened with the app, comes as a FileOpen event."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._named.append(Path(event.file()))
            self._gathering.start()
            return True
        return super().event(event)

    def _open_named(self) -> None:
        """As soon as there is a window; several folders as if they had been dropped on it."""
        if self.window is None or not self._named:
            return
        from app.ui.widgets.dropping import look_at  # here and below: what a window at its start does without

        named, self._named = self._named, []
        dropped = look_at(named)
        if len(named) > 1 and dropped.can_be_opened:
            self.window.workbench.take(dropped)
        else:
            self.window.open_folder(named[-1])  # which says what is wrong with it, if something is

    def show_window(self, window: MainWindow) -> None:
        """Show the window, and open in it what has been waiting."""
        self.window = window
        window.language_chosen.connect(self._change_language)
        window.text_size_chosen.connect(self._change_text_size)
        window.show()
        self._open_named()

    def _change_language(self, code: str) -> None:
        """At once."""
        self.speak(language_of(code))
        self._renew_window()

    def _change_text_size(self, percent: int) -> None:
        """At once: what has letters of its own size was made by those of before."""
        self.text_size.apply(percent)
        self._renew_window()

    def _renew_window(self) -> None:
        """Another window takes over what is open, what is remembered and the queue, which goes on."""
        old = self.window
        assert old is not None
        old.stop_all_but_queue()
        before = old.workbench
        before.library.history.setParent(None)
        new = MainWindow(old.settings, before.library.history, before.queue)
        new.setGeometry(old.geometry())
        now = new.furnish()
        self.show_window(new)
        now.opening.open_like(before.opening)
        now.helping.open_like(before.helping)
        now.preferring.open()
        old.hide()
        old.deleteLater()


def keep_pauses_short() -> None:
    """From now on: what waits for Python gets it soon, and what is there already is not searched for garbage."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.enable()


def run(folder: Path | None = None, with_sample: bool = False) -> int:
    """Show the window until it is closed. Returns the exit code."""
    application = Application(sys.argv[:1])
    log = SessionLog(log_folder())
    log.begin()
    settings = Settings()
    application.use(settings)
    window = MainWindow(settings)
    geometry = settings.geometry()
    if geometry is not None:
        window.restoreGeometry(geometry)
    sys.excepthook = lambda kind, error, trace: _report(application.window or window, kind, error, trace)
    awake = _WakeForSignals(application)
    window.furnished.connect(keep_pauses_short)
    if folder is not None:
        window.furnished.connect(lambda: window.open_folder(folder))
    elif with_sample:
        window.furnished.connect(lambda: window.workbench.opening.open_sample())
    application.show_window(window)
    if log.crash:
        from app.ui.widgets.failure import show_crash

        show_crash(window, log.crash)
    try:
        return application.exec()
    finally:
        awake.end()
        log.end()


class _WakeForSignals:
    """Python handles a signal between two of its own steps, and while Qt waits there are none: a byte wakes it up."""

    def __init__(self, application: QApplication) -> None:
        self._ours, self._pythons = socket.socketpair()
        for end in (self._ours, self._pythons):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._pythons.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, application)
        self._notifier.activated.connect(lambda: self._ours.recv(1 << 10))

    def end(self) -> None:
        """As it was."""
        signal.set_wakeup_fd(self._before)
        self._notifier.setEnabled(False)
        for end in (self._ours, self._pythons):
            end.close()


def _report(window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error in a slot is a bug; the window stays usable."""
    sys.__excepthook__(kind, error, trace)
    if not issubclass(kind, KeyboardInterrupt):
        from app.ui.widgets.failure import show_failure

        show_failure(window, error)
