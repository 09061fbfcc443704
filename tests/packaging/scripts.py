"""The scripts and plain data of packaging/, which import each other by their names."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"


def script(name: str) -> ModuleType:
    if str(PACKAGING) not in sys.path:
        sys.path.append(str(PACKAGING))
    return import_module(name)
