"""Static checks of what a Mac is to load; they run on any system, over a tree of wheels or over the app.

    python packaging/check_macos.py FOLDER_OR_APP [--min 14.0] [--sizes]

Every Mach-O file has a slice for arm64, runs on the oldest macOS named, links nothing but the system and what is there,
and imports no symbol of a newer libc++. MLX's Metal library lies where MLX looks for it. Of a tree of wheels only what
goes into the app counts.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bundle_contents import is_taken
from bundle_info import MIN_MACOS
from mach_o import Version, is_mach_o, read_slice

WITHIN = ("@", "/usr/lib/", "/System/")
OBJECTS = (".a", ".o")  # linked already
# Exports of libc++ by the first macOS that has them: __configuration/availability.h of LLVM's sources.
NEW_SYMBOLS: dict[str, Version] = {
    "bad_function_callD": (15, 4),
    "TINSt3__117bad_function_call": (15, 4),
    "TVNSt3__117bad_function_call": (15, 4),
    "__cxa_init_primary_exception": (15, 0),
    "__hash_memory": (26, 0),
}
# PySide's bindings say a newer macOS than they need. dyld asks no library for that, only for its symbols.
SAYS_TOO_MUCH = ("PySide6/Qt", "PySide6/libpyside6", "shiboken6/")
SHOWN_PARTS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--min", default=MIN_MACOS, help=f"the oldest macOS, default: {MIN_MACOS}")
    parser.add_argument("--sizes", action="store_true", help="also print the size of each part, the largest first")
    arguments = parser.parse_args()
    if arguments.sizes:
        parts = sizes(arguments.root)
        for name, size in [("all", sum(size for _, size in parts)), *parts[:SHOWN_PARTS]]:
            print(f"{size / 1e6:8.1f} MB  {name}")
    count, problems = check(arguments.root, version(arguments.min))
    print(*problems, f"{count} arm64 Mach-O files, {len(problems)} problems", sep="\n")
    sys.exit(bool(problems) or not count)


def version(text: str) -> Version:
    major, minor = (int(part) for part in text.split("."))
    return major, minor


def check(root: Path, oldest: Version) -> tuple[int, list[str]]:
    """How many files were looked at, and what is wrong with them."""
    found = [path for path in files(root) if path.suffix not in OBJECTS and is_mach_o(path)]
    names = {path.name for path in (*found, *filter(Path.is_symlink, root.rglob("*")))}
    problems = [f"{path.relative_to(root)}: {one}" for path in found for one in check_file(path, root, oldest, names)]
    if root.suffix == ".app":
        problems += check_layout(root)
    return len(found), problems


def files(root: Path) -> Iterator[Path]:
    """What the app holds, or would hold of a tree of wheels; links are not followed."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_symlink() and path.is_file() and (root.suffix == ".app" or is_taken(name)):
            yield path


def check_file(path: Path, root: Path, oldest: Version, names: set[str]) -> Iterator[str]:
    """`names`: of all files that are there to be linked."""
    found = read_slice(path)
    if found is None:
        yield "has no slice for arm64"
        return
    name = path.relative_to(root).as_posix()
    says_too_much = any(part in name for part in SAYS_TOO_MUCH) and "PySide6/Qt/" not in name
    if found.minimum and found.minimum > oldest and not says_too_much:
        yield f"needs macOS {found.minimum[0]}.{found.minimum[1]}"
    for symbol in sorted(found.needed):
        for part, since in NEW_SYMBOLS.items():
            if part in symbol and since > oldest:
                yield f"imports {symbol}, which macOS has since {since[0]}.{since[1]}"
    yield from (f"links {link}" for link in found.links if not link.startswith(WITHIN))
    within = (link for link in found.links if link.startswith("@"))
    yield from (f"links {link}, which is not there" for link in within if link.rpartition("/")[2] not in names)


def check_layout(app: Path) -> Iterator[str]:
    """Where libmlx looks for its Metal library, by either path that it may be loaded by."""
    frameworks = app / "Contents" / "Frameworks"
    for folder in (frameworks, frameworks / "mlx" / "lib"):
        if not (folder / "mlx.metallib").is_file():
            yield f"no mlx.metallib in {folder.relative_to(app)}"
    library = frameworks / "libmlx.dylib"
    if library.exists() and not library.is_symlink():
        yield f"{library.relative_to(app)} is a copy, not a link: the bundle was flattened"


def sizes(root: Path) -> list[tuple[str, int]]:
    """Bytes by the first folder that tells parts apart, the largest first; of universal files the slice for arm64."""
    content = root / "Contents" if root.suffix == ".app" else root
    found: Counter[str] = Counter()
    for path in files(root):
        parts = path.relative_to(content).parts
        within = parts[1:] if parts[0] in ("Frameworks", "Resources") and len(parts) > 1 else parts
        part = read_slice(path) if is_mach_o(path) else None
        found[within[0]] += part.byte_count if part else path.stat().st_size
    return found.most_common()


if __name__ == "__main__":
    main()
