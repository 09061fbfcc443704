"""Where the files of `resources/` are: in a checkout, in an installed wheel and in a frozen app."""

import sys
from pathlib import Path

import app

SAMPLE = "sample/mlx-ferry-sample"


def resource_path(name: str) -> Path:
    """The path of `resources/<name>`. Raises FileNotFoundError when the installation is incomplete."""
    package = Path(app.__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    places = [package / "resources", package.parent / "resources"]  # wheel, checkout
    if frozen is not None:
        places.insert(0, Path(frozen) / "resources")
    for place in places:
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(f"resources/{name} is not part of this installation")
