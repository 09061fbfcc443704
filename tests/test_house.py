"""The house of the tests: nothing is imported from a test, and folders are those of the program."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "tests").rglob("*.py"))
MIRRORED = ("cli", "core", "ui")


def imported(path: Path) -> set[str]:
    """The parts of all names that a module imports, at its top or inside of a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
    return found


def test_nothing_is_imported_from_a_test():
    """What two of them need lies in a module of its own, whose name says what is inside; fixtures in conftest.py."""
    tests = {path.stem for path in MODULES if path.stem.startswith("test_")} | {"conftest"}
    taken = {str(path.relative_to(ROOT)): imported(path) & tests for path in MODULES}
    assert {path: names for path, names in taken.items() if names} == {}


def test_folders_are_those_of_the_program():
    folders = {path.parent.relative_to(ROOT / "tests") for path in MODULES}
    mirrored = [folder for folder in folders if folder.parts and folder.parts[0] in MIRRORED]
    assert [str(folder) for folder in mirrored if not (ROOT / "app" / folder / "__init__.py").is_file()] == []
    assert {folder.parts[0] for folder in mirrored} == set(MIRRORED)


def test_what_tests_a_module_of_the_window_lies_in_the_folder_of_its_room():
    """Tests that cut across have names of their own, and lie in tests/ui."""
    window = ROOT / "app" / "ui"
    rooms = {path.stem: path.parent.relative_to(window) for path in window.rglob("*.py") if path.stem != "__init__"}
    for path in (ROOT / "tests" / "ui").rglob("test_*.py"):
        room = path.parent.relative_to(ROOT / "tests" / "ui")
        assert room == rooms.get(path.stem.removeprefix("test_"), room), path
