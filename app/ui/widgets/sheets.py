"""Questions and file panels of the window: sheets that do not block; each calls back when there is an answer."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app import __version__
from app.core.text import in_one_line
from app.ui.tr import tr
from app.ui.widgets.shown_text import show_plainly


def choose_folder(parent: QWidget, then: Callable[[Path], object]) -> None:
    """A model folder, or a file in it."""
    dialog = QFileDialog(parent, tr("Choose a model folder"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, False)
    _open(dialog, then)


def choose_file(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where the GGUF file goes. Whether one may be replaced is asked when it is written."""
    dialog = _save_dialog(parent, tr("Save the GGUF file as"), target, "gguf")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    _open(dialog, then)


def choose_list_of_types(parent: QWidget, then: Callable[[Path], object]) -> None:
    """A text file with types for single tensors."""
    _open(QFileDialog(parent, tr("Load types of tensors")), then)


def save_list_of_types(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where such a file goes; the panel asks before it replaces one."""
    _open(_save_dialog(parent, tr("Save types of tensors"), target, "txt"), then)


def choose_importance_matrix(parent: QWidget, then: Callable[[Path], object]) -> None:
    """A GGUF file that llama-imatrix wrote; a .dat is refused with the reason."""
    dialog = QFileDialog(parent, tr("Choose an importance matrix"))
    dialog.setNameFilters([tr("Importance matrices (*.gguf *.dat *.imatrix)"), tr("All files (*)")])
    _open(dialog, then)


def ask_to_replace(parent: QWidget, targets: Sequence[Path], then: Callable[[], object]) -> None:
    """Before existing files are replaced."""
    names = in_one_line(", ".join(target.name for target in targets))
    if len(targets) == 1:
        box = _question(parent, tr("{} exists already. Replace it?").format(names))
        box.setInformativeText(tr("The old file is kept until the new one is whole."))
    else:
        box = _question(parent, tr("{} exist already. Replace them?").format(names))
        box.setInformativeText(tr("The old files are kept until the new ones are whole."))
    replace = box.addButton(tr("Replace"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    replace.clicked.connect(lambda: then())
    show_plainly(box)
    box.open()


def ask_to_stop(parent: QWidget, then: Callable[[], object]) -> None:
    """Before a conversion is stopped for something else."""
    box = _question(parent, tr("A conversion is going on. Stop it?"))
    box.setInformativeText(tr("The unfinished file is removed."))
    stop = box.addButton(tr("Stop Converting"), QMessageBox.ButtonRole.DestructiveRole)
    go_on = box.addButton(tr("Go On"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(go_on)
    box.setEscapeButton(go_on)
    stop.clicked.connect(lambda: then())
    box.open()


def about(parent: QWidget) -> None:
    """Name, version, purpose."""
    box = _question(parent, f"MLX Ferry {__version__}")
    box.setIconPixmap(parent.windowIcon().pixmap(64, 64))
    box.setInformativeText(tr("Turns MLX model folders into GGUF files, and shows what it does."))
    box.open()


def _question(parent: QWidget, text: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(text)
    box.finished.connect(box.deleteLater)
    return box


def _save_dialog(parent: QWidget, title: str, target: Path, suffix: str) -> QFileDialog:
    """Begins at `target`; a name that is typed without a suffix gets this one."""
    dialog = QFileDialog(parent, title, str(target.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(target.name)
    return dialog


def _open(dialog: QFileDialog, then: Callable[[Path], object]) -> None:
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
