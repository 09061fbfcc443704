"""Questions and file panels of the window: sheets that do not block; each calls back when there is an answer."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app import __version__
from app.core.log_folder import log_folder
from app.core.text import Text, in_one_line, text
from app.ui import desktop
from app.ui.say import say
from app.ui.session_log import LOG
from app.ui.widgets.shown_text import show_plainly


def choose_folder(parent: QWidget, title: Text, then: Callable[[Path], object]) -> None:
    """A folder, or a file in it."""
    dialog = QFileDialog(parent, say(title))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly, False)
    _open(dialog, then)


def choose_file(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where the GGUF file goes. Whether one may be replaced is asked when it is written."""
    dialog = _save_dialog(parent, text("Save the GGUF file as"), target, "gguf")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    _open(dialog, then)


def choose_list_of_types(parent: QWidget, then: Callable[[Path], object]) -> None:
    """A text file with types for single tensors."""
    _open(QFileDialog(parent, say(text("Load types of tensors"))), then)


def save_list_of_types(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where such a file goes; the panel asks before it replaces one."""
    _open(_save_dialog(parent, text("Save types of tensors"), target, "txt"), then)


def save_list_of_tensors(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where the table of tensors goes; its form follows from the suffix."""
    _save_as(
        parent, text("Export Tensors"), target, {text("For spreadsheets (CSV)"): "csv", text("JSON"): "json"}, then
    )


def save_report(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where the report of a check goes; its form follows from the suffix."""
    forms = {text("Web page"): "html", text("Markdown for a model card"): "md", text("JSON"): "json"}
    _save_as(parent, text("Save the report"), target, forms, then)


def save_bug_report(parent: QWidget, target: Path, then: Callable[[Path], object]) -> None:
    """Where the report of an error of ours goes, as text."""
    _open(_save_dialog(parent, text("Save the report"), target, "txt"), then)


def choose_importance_matrix(parent: QWidget, then: Callable[[Path], object]) -> None:
    """A GGUF file that llama-imatrix wrote; a .dat is refused with the reason."""
    dialog = QFileDialog(parent, say(text("Choose an importance matrix")))
    filters = {text("Importance matrices"): "*.gguf *.dat *.imatrix", text("All files"): "*"}
    dialog.setNameFilters([f"{say(title)} ({patterns})" for title, patterns in filters.items()])
    _open(dialog, then)


def ask_to_replace(parent: QWidget, targets: Sequence[Path], then: Callable[[], object]) -> None:
    """Before existing files are replaced."""
    names = in_one_line(", ".join(target.name for target in targets))
    if len(targets) == 1:
        box = _question(parent, text("{files} already exists. Replace it?", files=names))
        box.setInformativeText(say(text("The old file stays until the new one is complete.")))
    else:
        box = _question(parent, text("{files} already exist. Replace them?", files=names))
        box.setInformativeText(say(text("The old files stay until the new ones are complete.")))
    replace = box.addButton(say(text("Replace")), QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))  # what is lost is not for Return
    replace.clicked.connect(lambda: then())
    show_plainly(box)
    box.open()


def ask_to_stop(parent: QWidget, question: Text, then: Callable[[], object]) -> QMessageBox:
    """Before conversions are stopped for something else."""
    box = _question(parent, question)
    box.setInformativeText(say(text("Unfinished files are removed.")))
    stop = box.addButton(say(text("Stop Converting")), QMessageBox.ButtonRole.DestructiveRole)
    go_on = box.addButton(say(text("Keep Converting")), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(go_on)
    box.setEscapeButton(go_on)
    stop.clicked.connect(lambda: then())
    show_plainly(box)
    box.open()
    return box


def about(parent: QWidget) -> None:
    """Name, version, purpose."""
    box = _question(parent, f"MLX Ferry {__version__}")
    box.setIconPixmap(parent.windowIcon().pixmap(64, 64))
    box.setInformativeText(say(text("Converts MLX model folders to GGUF files, and shows what it does.")))
    licences = box.addButton(say(text("Licenses…")), QMessageBox.ButtonRole.ActionRole)
    licences.clicked.connect(lambda: _show_licences(parent))
    logs = box.addButton(say(text("Show Log")), QMessageBox.ButtonRole.ActionRole)
    logs.clicked.connect(lambda: desktop.reveal(log_folder() / LOG))
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))
    box.open()


def _question(parent: QWidget, asked: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(say(asked))
    box.finished.connect(box.deleteLater)
    return box


def _save_as(
    parent: QWidget, title: Text, target: Path, forms: Mapping[Text, str], then: Callable[[Path], object]
) -> None:
    """In one of these forms: what each is called, and its suffix, the usual one first."""
    dialog = _save_dialog(parent, title, target, next(iter(forms.values())))
    suffixes = {f"{say(form)} (*.{suffix})": suffix for form, suffix in forms.items()}
    dialog.setNameFilters(list(suffixes))
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(suffixes[chosen]))
    _open(dialog, then)


def _save_dialog(parent: QWidget, title: Text, target: Path, suffix: str) -> QFileDialog:
    """Begins at `target`; a name that is typed without a suffix gets this one."""
    dialog = QFileDialog(parent, say(title), str(target.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(target.name)
    return dialog


def _open(dialog: QFileDialog, then: Callable[[Path], object]) -> None:
    dialog.fileSelected.connect(lambda path: then(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _show_licences(parent: QWidget) -> None:
    from app.ui.widgets.licence_sheet import LicenceSheet  # reads packages, for which no window need wait

    LicenceSheet(parent).open()
