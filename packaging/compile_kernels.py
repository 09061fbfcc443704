"""Compiles the kernels in app/core/encode/native into a library beside them.

The build does so wherever there is a C compiler (hatch_build.py); after a change run this file again. Without a
compiler there is no library, and ggml and NumPy do the work: the bytes are the same, it takes longer.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

NATIVE = Path(__file__).parent.parent / "app" / "core" / "encode" / "native"
LIBRARY = NATIVE / "kernels.so"
MACOS = "14.0"  # the oldest that the README names
FLAGS = [
    *("-std=c11", "-O3", "-Wall", "-Wextra", "-fPIC", "-fvisibility=hidden"),
    "-ffp-contract=off",  # a fused multiply-add would change bytes
    # Neither changes a number: nobody reads errno or the flags of the processor, and without them loops become vectors.
    *("-fno-math-errno", "-fno-trapping-math"),
]
SOURCES = ("affine", "choose", "low_rank", "values")
PLAIN = ["kernels.c", "-DFUNCTION=mlx_ferry_encode_plain"]  # for any processor of its kind
SECONDS = 300


def compile_kernels() -> Path | None:
    """The library, made anew, or None where there is no compiler or it fails, which is said on stderr."""
    try:
        LIBRARY.unlink(missing_ok=True)  # an old one would not fit the new sources
        compiler = find_compiler()
        if compiler is None:
            print("No C compiler found (cc): ggml will encode, which takes longer.", file=sys.stderr)
            return None
        with tempfile.TemporaryDirectory(dir=NATIVE) as folder:
            made = Path(folder, LIBRARY.name)
            build(compiler, Path(folder), made)
            made.replace(LIBRARY)
    except (OSError, subprocess.SubprocessError) as error:
        details = getattr(error, "stderr", None) or str(error)
        print(f"The kernels were not compiled, so ggml will encode, which takes longer.\n{details}", file=sys.stderr)
        return None
    return LIBRARY


def find_compiler() -> str | None:
    """The system's C compiler. On a Mac without one, `cc` is a program that offers to install it."""
    if (
        sys.platform == "darwin"
        and subprocess.run(["/usr/bin/xcode-select", "-p"], capture_output=True, check=False).returncode
    ):
        return None
    return shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc") or shutil.which("clang")


def build(compiler: str, folder: Path, library: Path) -> None:
    """Compile each source at the same time, then link. Raises SubprocessError with what the compiler said."""
    target = ["-arch", platform.machine(), f"-mmacosx-version-min={MACOS}"] if sys.platform == "darwin" else []
    objects = {f"{name}.o": [f"{name}.c"] for name in SOURCES}
    objects["plain.o"] = PLAIN
    if platform.machine() in ("x86_64", "AMD64"):  # chosen at run time, by choose.c
        objects["avx2.o"] = ["kernels.c", "-DFUNCTION=mlx_ferry_encode_avx2", "-mavx2", "-mtune=haswell"]
    commands = [
        [compiler, *target, *FLAGS, "-c", *arguments, "-o", str(folder / name)] for name, arguments in objects.items()
    ]
    with ThreadPoolExecutor() as pool:
        list(pool.map(run, commands))
    run([compiler, *target, "-shared", *(str(folder / name) for name in objects), "-lm", "-o", str(library)])


def run(command: list[str]) -> None:
    subprocess.run(command, cwd=NATIVE, check=True, capture_output=True, text=True, timeout=SECONDS)


if __name__ == "__main__":
    sys.exit(compile_kernels() is None)
