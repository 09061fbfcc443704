"""What goes into the frozen app besides what PyInstaller finds by itself, and what stays out; plain data again."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
KERNELS = ROOT / "app" / "core" / "encode" / "native" / "kernels.so"

# Imported by name: families by iter_modules, a model's class by config.json, rooms of the program by its children.
COLLECTED = ("app", "mlx_lm.models")
# Versions and licences are read from the packages' metadata; that of no package that is left out.
NO_METADATA = ("hf-xet", "transformers")
OF_THIS_MACHINE = "direct_url.json"  # where an editable package lies
SOURCE_OF_CATALOGUES = ".po"  # the .mo beside it is read

EXCLUDED = (
    *("babel", "hypothesis", "IPython", "mypy", "PIL", "pip", "PyInstaller", "pytest", "_pytest", "setuptools"),
    *("attr", "attrs", "jsonschema", "tkinter"),
    "hf_xet",  # downloads from a hub, which nobody does here
    "transformers",  # mlx-lm only takes names from it, which app/core/verify/engines gives it
    *("torch", "tensorflow", "datasets", "matplotlib", "scipy", "pandas", "sklearn"),
    *(f"PySide6.{name}" for name in ("QtQml", "QtQuick", "QtNetwork", "QtSql", "QtPdf", "QtDesigner", "QtOpenGL")),
)

# Parts of paths in the bundle, in lower case: what Qt's plugins drag in, and translations of texts nobody sees.
DROPPED = (
    *(
        "virtualkeyboard",
        "libqpdf",
        "qtpdf",
        "qt6pdf",
        "qtqml",
        "qt6qml",
        "qtquick",
        "qt6quick",
        "qtnetwork",
        "qt6network",
    ),
    *("wayland", "wlshell", "eglfs", "vnc", "linuxfb", "gtk", "minimalegl", "khrdisplay", "evdev", "tuiotouch"),
)
QT_TRANSLATIONS = ("qtbase_en.qm", "qtbase_zh_cn.qm")


def is_kept(name: str) -> bool:
    """Whether a file of the bundle, by its path there, belongs into it."""
    lowered = name.lower()
    if lowered.endswith((OF_THIS_MACHINE, SOURCE_OF_CATALOGUES)):
        return False
    if "/translations/" in lowered and "pyside6" in lowered:
        return lowered.rsplit("/", 1)[-1] in QT_TRANSLATIONS
    return not any(part in lowered for part in DROPPED)


# Of a tree of wheels: what an app made of them takes. PyInstaller finds the same by imports.
QT_PARTS = ("QtCore", "QtDBus", "QtGui", "QtSvg", "QtWidgets")
QT_PLUGINS = ("iconengines", "imageformats", "platforms", "styles")
NOT_TAKEN = (
    "mlx/include/",
    "mlx/share/",
    "mlx/lib/cmake/",
    "mlx_lm/quant/",
    "bin/",
    *(f"{name}/" for name in EXCLUDED),
)


def is_taken(name: str) -> bool:
    """Whether a file of a Mac's wheels, by its path in the tree, goes into the app."""
    parts = name.split("/")
    if parts[0] == "PySide6":
        return is_kept(name) and _is_taken_of_qt(parts[1:])
    return not name.startswith(NOT_TAKEN) and ".dist-info/" not in name


def _is_taken_of_qt(parts: list[str]) -> bool:
    if parts[:2] == ["Qt", "plugins"]:
        return parts[2] in QT_PLUGINS
    if parts[:2] == ["Qt", "lib"]:
        return parts[2].removesuffix(".framework") in QT_PARTS and "Headers" not in parts
    if parts[:2] == ["Qt", "translations"]:
        return True
    return len(parts) == 1 and (
        parts[0].split(".")[0] in QT_PARTS or parts[0].startswith(("libpyside6.abi3", "__init"))
    )
