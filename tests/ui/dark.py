"""A dark palette like macOS has at night; Qt offscreen has no dark scheme of its own."""

from PySide6.QtGui import QColor, QPalette


def dark_palette() -> QPalette:
    """For pictures and tests."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette(QColor("#323232"), QColor("#1e1e1e"))
    colours = {
        role.Window: "#232323",
        role.Base: "#1b1b1b",
        role.AlternateBase: "#242424",
        role.Text: "#e8e8e8",
        role.WindowText: "#e8e8e8",
        role.ButtonText: "#e8e8e8",
        role.PlaceholderText: "#a8a8a8",
        role.Midlight: "#3d3d3d",
        role.Accent: "#0a84ff",
        role.Highlight: "#0a5fc0",
        role.HighlightedText: "#ffffff",
    }
    for name, colour in colours.items():
        palette.setColor(name, QColor(colour))
    for name in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(group.Disabled, name, QColor("#7a7a7a"))
    return palette
