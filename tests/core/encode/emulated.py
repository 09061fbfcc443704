"""The library compiled for arm64, of which an emulator calls the functions.

Debian has both in gcc-aarch64-linux-gnu with libc6-dev-arm64-cross, and qemu-user-static.
"""

import ctypes
import re
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np

from app.core import kernel_library
from tests.packaging.scripts import script

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64-static"
DRIVER = Path(__file__).parent / "called_on_arm64.c"
DECLARED = re.compile(r"EXPORTED [\w ]*?(mlx_ferry_\w+)[(;]")
NOT_THERE = ("mlx_ferry_encode_avx2",)
WHOLE, DOUBLE, BUFFER, BUFFERS = range(4)


def has_what_it_takes():
    """Whether this machine can compile for arm64, and run it."""
    return bool(shutil.which(COMPILER) and shutil.which(EMULATOR))


def declared_functions():
    """The names in kernels.h, in their order."""
    header = (kernel_library.LIBRARY.parent / "kernels.h").read_text(encoding="utf-8")
    return [name for name in DECLARED.findall(header) if name not in NOT_THERE]


class EmulatedLibrary:
    """A process in the emulator; close it in the end."""

    def __init__(self, folder):
        """Compiles into `folder`, with the flags of the real library."""
        self._names = declared_functions()
        listed = "".join(f"extern void {name}(void);\n" for name in self._names)
        table = folder / "functions.c"
        table.write_text(f"{listed}void (*const FUNCTIONS[])(void) = {{{', '.join(self._names)}}};\n")
        program = folder / "called"
        compiling = script("compile_kernels")
        sources = [kernel_library.LIBRARY.parent / f"{name}.c" for name in compiling.SOURCES]
        plain = compiling.PLAIN
        objects = [
            *((source, ()) for source in (*sources, DRIVER, table)),
            (kernel_library.LIBRARY.parent / plain[0], plain[1:]),
        ]
        made = [folder / f"{number}.o" for number in range(len(objects))]
        compilers = [
            subprocess.Popen([COMPILER, *compiling.FLAGS, *flags, "-c", source, "-o", out])
            for (source, flags), out in zip(objects, made, strict=True)
        ]
        assert [one.wait() for one in compilers] == [0] * len(compilers)
        subprocess.run([COMPILER, "-static", *made, "-lm", "-o", program], check=True)
        self._process = subprocess.Popen([EMULATOR, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin
        assert self._process.stdout
        self._questions, self._answers = self._process.stdin, self._process.stdout

    def close(self):
        self._process.communicate()

    def call(self, name, result, *arguments):
        """What the function returns; `result` is ctypes' type of it.

        Arguments are numbers, None, arrays, and lists of arrays; what the function writes into them is in them then.
        """
        said = [struct.pack("<3q", self._names.index(name), result is ctypes.c_int, len(arguments))]
        arrays = []
        for one in arguments:
            if isinstance(one, np.ndarray):
                said += [struct.pack("<2q", BUFFER, one.nbytes), one.tobytes()]
                arrays.append(one)
            elif isinstance(one, list):
                said.append(struct.pack("<2q", BUFFERS, len(one)))
                for array in one:
                    said += [struct.pack("<q", array.nbytes), array.tobytes()]
                arrays += one
            elif isinstance(one, float):
                said.append(struct.pack("<qd", DOUBLE, one))
            else:
                said.append(struct.pack("<2q", WHOLE, one or 0))
        self._questions.write(b"".join(said))
        self._questions.flush()
        (found,) = struct.unpack("<q", self._answers.read(8))
        for array in arrays:
            array.reshape(-1).view(np.uint8)[:] = np.frombuffer(self._answers.read(array.nbytes), np.uint8)
        return found


def native_call(name, result, *arguments):
    """The same by the library of this machine."""
    function = getattr(ctypes.CDLL(str(kernel_library.LIBRARY)), name)
    function.restype = result
    return function(*map(_as_ctypes, arguments))


def _as_ctypes(one):
    if isinstance(one, np.ndarray):
        return ctypes.c_void_p(one.ctypes.data)
    if isinstance(one, list):
        return (ctypes.c_void_p * len(one))(*(array.ctypes.data for array in one))
    if one is None:
        return ctypes.c_void_p(None)
    return ctypes.c_double(one) if isinstance(one, float) else ctypes.c_int64(one)
