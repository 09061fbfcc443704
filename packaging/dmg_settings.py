"""The disk image, for dmgbuild: the app, a link to Applications, and nothing else.

dmgbuild runs this with `defines`, what `-D app=PATH` gives.
"""

from pathlib import Path

app = defines.get("app", "dist/MLX Ferry.app")  # noqa: F821
name = Path(app).name

files = [app]
symlinks = {"Applications": "/Applications"}
format = "ULFO"
filesystem = "HFS+"
default_view = "icon-view"
icon_size = 112
text_size = 13
window_rect = ((200, 160), (560, 340))
icon_locations = {name: (150, 150), "Applications": (410, 150)}
