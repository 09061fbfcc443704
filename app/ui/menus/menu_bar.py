"""The menu bar, with the roles and shortcuts of a Mac app."""

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from app.core.text import NOTHING, Text, text
from app.ui.menus.recents_menu import RecentsMenu
from app.ui.say import say
from app.ui.widgets.plain_action import plain_action
from app.ui.widgets.shortcuts_sheet import ShortcutsSheet

Keys = QKeySequence.StandardKey | str | None


class Menus:
    """Actions by name, for others to connect. What needs the engine is added when that is there."""

    def __init__(self, window: QMainWindow, recents: RecentsMenu) -> None:
        self._window, self.recents = window, recents
        bar = window.menuBar()
        titles = text("&File"), text("&Edit"), text("&View"), text("&Help")
        self._menus = file, edit, view, help_ = [bar.addMenu(say(title)) for title in titles]
        self._fill_file(file, recents)
        self._fill_edit(edit)
        self._fill_view(view)
        self._fill_help(help_)

    def _fill_file(self, file: QMenu, recents: RecentsMenu) -> None:
        self.open = self._add(file, text("&Open…"), QKeySequence.StandardKey.Open)
        file.addMenu(recents)
        self.sample = self._add(file, text("Open &Sample"))
        file.addSeparator()
        self.add_adapter = self._add(file, text("&Add Adapter…"))
        self.remove_adapter = self._add(file, text("Re&move Adapter"))
        self.export_adapter = self._add(file, text("&Export Adapter as GGUF…"))
        file.setToolTipsVisible(True)
        file.addSeparator()
        self.convert = self._add(file, text("&Convert"), "Ctrl+Return")
        self.cancel = self._add(file, text("&Stop Converting"), "Ctrl+.")
        self.destination = self._add(file, text("Change &Destination…"), "Ctrl+Shift+S")
        self.pre_tokenizer = self._add(file, text("Pre-&Tokenizer…"))
        self.name = self._add(file, text("Model &Name…"))
        self.file_details = self._add(file, text("Details of the F&ile…"))
        self.for_model: list[QAction | QMenu] = [self.name, self.file_details]  # possible wherever a model is open
        self.check = self._add(file, text("Chec&k Finished File"), "Ctrl+K")
        self.reveal = self._add(file, text("Show &Finished File"), "Ctrl+Shift+R")
        file.addSeparator()
        self.settings = self._add(file, text("&Settings…"), "Ctrl+,")
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        file.addSeparator()
        self.close = self._add(file, text("C&lose Window"), QKeySequence.StandardKey.Close)
        self.quit = self._add(file, text("&Quit MLX Ferry"), QKeySequence.StandardKey.Quit)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

    def _fill_edit(self, edit: QMenu) -> None:
        self.undo = self._add(edit, text("&Undo Choice"), QKeySequence.StandardKey.Undo)
        self.redo = self._add(edit, text("&Redo Choice"), QKeySequence.StandardKey.Redo)
        edit.addSeparator()
        self._after_copying = edit.addSeparator()
        self.find = self._add(edit, text("&Find Tensor"), QKeySequence.StandardKey.Find)

    def _fill_view(self, view: QMenu) -> None:
        self.side_bar = self._add(view, text("&Side Bar"), "Ctrl+Alt+S", text("Side Bar"))
        self.side_bar.setCheckable(True)
        self.overview = self._add(view, text("&Overview"), "Ctrl+Alt+O", text("Overview"))
        self.tensors = self._add(view, text("&Tensors"), "Ctrl+Alt+T", text("Tensors"))
        self.history = self._add(view, text("&Finished Files"), "Ctrl+Alt+F", text("Finished Files"))

    def _fill_help(self, help_: QMenu) -> None:
        self.guide = self._add(help_, text("&MLX Ferry Help"), QKeySequence.StandardKey.HelpContents)
        self.shortcuts = self._add(help_, text("&Keyboard Shortcuts"))  # a Mac takes About away from this menu
        self.about = self._add(help_, text("&About MLX Ferry"))
        self.about.setMenuRole(QAction.MenuRole.AboutRole)

    def add_choices(self, *further: QMenu) -> None:
        """Menus of choices that are made for a model."""
        for menu in further:
            self._menus[0].insertMenu(self.pre_tokenizer, menu)
            self.for_model.append(menu)

    def add_copying(self, *actions: QAction) -> None:
        """What can be copied."""
        self._menus[1].insertActions(self._after_copying, actions)

    def enable_pages(self, has_model: bool) -> None:
        """The ways to the pages of a model."""
        for action in (self.overview, self.tensors, self.find):
            action.setEnabled(has_model)

    def enable_adapters(self, is_ready: bool, has_adapters: bool) -> None:
        """What can be done with adapters now; why there is none to export is told on hovering."""
        self.add_adapter.setEnabled(is_ready)
        self.remove_adapter.setEnabled(is_ready and has_adapters)
        self.export_adapter.setEnabled(is_ready and has_adapters)
        why = text("Writes the adapter alone, as a file that llama.cpp adds to the base model.")
        why_not = text("There is no adapter to export: add one first.")
        self.export_adapter.setToolTip(say(why if has_adapters else why_not))

    def show_shortcuts(self) -> None:
        """A sheet with the keys of all actions."""
        actions = [action for menu in self._menus for action in menu.actions()]
        ShortcutsSheet(self._window, actions)

    def connect(self, **slots: Callable[[], object]) -> None:
        """Connect actions by name."""
        for name, slot in slots.items():
            action: QAction = getattr(self, name)
            action.triggered.connect(lambda _=False, slot=slot: slot())

    def connect_all(self, slot: Callable[[QAction], object]) -> None:
        """Tell of every action that was taken, after those who wait for that one."""
        for menu in self._menus:
            menu.triggered.connect(slot)

    def show_what_to_stop(self, is_checking: bool) -> None:
        """What Stop would stop."""
        self.cancel.setText(say(text("&Stop Checking") if is_checking else text("&Stop Converting")))

    def _add(self, menu: QMenu, title: Text, keys: Keys = None, on_button: Text = NOTHING) -> QAction:
        action = plain_action(title, self._window)
        if on_button:
            action.setIconText(say(on_button))
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        menu.addAction(action)
        return action
