"""Compiles the kernels when the project is installed, also in place, and puts them into the wheel."""

import importlib.util
import platform
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelsHook(BuildHookInterface):
    """A wheel with the library is for one system; without a compiler it is for all, and ggml encodes."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files of a wheel are collected."""
        script = Path(self.root, "packaging", "compile_kernels.py")
        spec = importlib.util.spec_from_file_location("compile_kernels", script)
        kernels = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(kernels)
        library = kernels.compile_kernels()
        if library is None:
            return
        build_data["artifacts"].append(library.relative_to(self.root).as_posix())  # git ignores it
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_system(kernels.MACOS)}"


def _system(macos: str) -> str:
    if sys.platform == "darwin":
        return f"macosx_{macos.replace('.', '_')}_{platform.machine()}"
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")
