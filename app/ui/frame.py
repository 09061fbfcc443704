"""The window as it stands at once: menus, the bar above, the welcome; what works in it is placed in it later."""

from PySide6.QtWidgets import QMainWindow

from app.ui.menus.enabling import Possible, enable
from app.ui.menus.menu_bar import Menus
from app.ui.menus.recents_menu import RecentsMenu
from app.ui.settings import Settings
from app.ui.shell import Shell
from app.ui.top_bar import TopBar
from app.ui.welcome import Welcome

SMALLEST, USUAL = (760, 520), (1280, 800)


class Frame(QMainWindow):
    """Imports nothing of the engine, which takes longer to load than Qt does."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.menus = Menus(self, RecentsMenu(settings, self))
        self.top_bar = TopBar(self.menus.side_bar, (self.menus.overview, self.menus.tensors, self.menus.history))
        enable(self.menus, Possible())
        self.menus.enable_pages(has_model=False)
        self.shell, self.welcome = Shell(self.top_bar), Welcome()
        self.shell.add_page(self.welcome)
        self.shell.side_bar_shown.connect(self.menus.side_bar.setChecked)
        self.menus.side_bar.setChecked(not self.shell.side_bar.isHidden())
        self.welcome.show_recents(settings.recents())
        self.setCentralWidget(self.shell)
        self.setAcceptDrops(True)
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self.setWindowTitle("MLX Ferry")
        self.welcome.setFocus()
