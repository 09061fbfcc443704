"""The wheel and the source archive, installed where nothing may be written, by somebody without privileges."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from app import __version__
from tests.packaging.scripts import ROOT

KERNELS = "app/core/encode/native/kernels.so"
ARCHIVE = f"mlx_ferry-{__version__}"
# Root who has given up all capabilities is an owner like any other.
PLAIN_USER = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"] if os.getuid() == 0 else []

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a checkout, to copy what is in it")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder with the source archive, made of a copy of what git knows, and a wheel made of that archive."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    known = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, known.decode().split("\0")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    build(source, "sdist", folder)
    with tarfile.open(folder / f"{ARCHIVE}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    build(folder / ARCHIVE, "wheel", folder, **hasty_compiler(folder))
    return folder


def hasty_compiler(folder):
    """The environment in which kernels are compiled without optimizing, which would take 20 seconds."""
    if not shutil.which("cc"):
        return {}
    compiler = folder / "cc"
    compiler.write_text('#!/bin/sh\nexec cc "$@" -O0\n', encoding="utf-8")
    compiler.chmod(0o755)
    return {"CC": str(compiler)}


def build(source, kind, target, **environment):
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
    done = subprocess.run(
        command, cwd=source, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def names(built):
    """What is in the wheel."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_all_of_the_program_is_in_it(names):
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "app").rglob("*.py")}
    resources = {
        f"app/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "resources").rglob("*") if path.is_file()
    }
    assert (code | resources) - names == set()


def test_nothing_else_is_in_it(names):
    assert {name.split("/")[0] for name in names} == {"app", f"{ARCHIVE}.dist-info"}
    assert f"{ARCHIVE}.dist-info/licenses/LICENSE" in names


@pytest.mark.skipif(not shutil.which("cc"), reason="there is no C compiler")
def test_kernels_are_compiled_and_their_sources_come_along(built, names):
    assert KERNELS in names
    assert "app/core/encode/native/choose.c" in names
    (wheel,) = built.glob("*.whl")
    assert wheel.name.startswith(f"{ARCHIVE}-py3-none-")
    assert "any" not in wheel.name


def test_without_a_compiler_it_is_for_every_system(built, tmp_path):
    (tmp_path / "empty").mkdir()
    build(built / ARCHIVE, "wheel", tmp_path, PATH=str(tmp_path / "empty"), CC="cc")
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == f"{ARCHIVE}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert KERNELS not in archive.namelist()


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory):
    """A new environment with the wheel, which nobody can write into; what it needs is that of these tests."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(folder, symlinks=True)
    (wheel,) = built.glob("*.whl")
    place = folder / Path(sysconfig.get_path("purelib", vars={"base": str(folder)})).relative_to(folder)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "--quiet",
        "--no-compile",
    ]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    (place / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    every = [folder, *folder.rglob("*")]
    for path in every:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    yield folder
    for path in every:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)


@pytest.fixture
def run(installed, tmp_path):
    """A function: arguments of mlx-ferry → what it printed. Without a display, in an empty folder."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")}
    environment = kept | {"HOME": str(tmp_path), "LANGUAGE": "en", "TMPDIR": str(tmp_path)}

    def run_program(*arguments):
        command = [*PLAIN_USER, str(installed / "bin" / "mlx-ferry"), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run_program


def test_it_runs_from_a_folder_that_cannot_be_written(installed, run):
    with pytest.raises(subprocess.CalledProcessError):  # as a proof that the folder is closed
        subprocess.run([*PLAIN_USER, "touch", str(installed / "bin" / "new")], check=True, capture_output=True)
    assert run("--version") == f"mlx-ferry {__version__}\n"
    assert "mlx-ferry-sample-BF16.gguf" in run("--sample")


def test_its_children_find_it(installed, run, tmp_path):
    """The sandbox for tokenizers and templates, and llama.cpp's engine, each in a process of its own."""
    (sample,) = installed.rglob("resources/sample/mlx-ferry-sample")
    run("convert", str(sample), "-o", str(tmp_path), "--type", "q8_0")
    (file,) = tmp_path.glob("*.gguf")
    said = run("verify", str(sample), str(file), "--quick")
    assert said.startswith("Very close")
