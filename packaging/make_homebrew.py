"""The cask for the app and the formula for the command line, of a release, for a tap of one's own.

    python packaging/make_homebrew.py OWNER/REPOSITORY MLX-Ferry.dmg mlx_ferry-VERSION.tar.gz FOLDER

Writes FOLDER/Casks/mlx-ferry.rb and FOLDER/Formula/mlx-ferry.rb.
"""

import argparse
import hashlib
import re
from pathlib import Path

from bundle_info import BUNDLE_ID, VERSION

TEMPLATES = Path(__file__).parent / "homebrew"
WRITTEN = {"cask.rb.in": "Casks/mlx-ferry.rb", "formula.rb.in": "Formula/mlx-ferry.rb"}
PLACE = re.compile(r"@([A-Z0-9_]+)@")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository")
    parser.add_argument("dmg", type=Path)
    parser.add_argument("sdist", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    values = {
        "REPOSITORY": arguments.repository,
        "VERSION": VERSION,
        "BUNDLE_ID": BUNDLE_ID,
        "DMG_SHA256": sha256(arguments.dmg),
        "SDIST_SHA256": sha256(arguments.sdist),
    }
    for template, name in WRITTEN.items():
        path = arguments.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(filled(template, values), encoding="utf-8")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def filled(template: str, values: dict[str, str]) -> str:
    """Raises KeyError for a place without a value."""
    source = (TEMPLATES / template).read_text(encoding="utf-8")
    return PLACE.sub(lambda place: values[place[1]], source)


if __name__ == "__main__":
    main()
