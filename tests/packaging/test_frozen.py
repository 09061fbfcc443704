"""The built app, run where nothing of this project and no Python can be found: it brings all it needs."""

import json
import os
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from app import __version__
from app.core.licences import distributions, normalized
from app.core.resources import SAMPLE
from tests.packaging.scripts import ROOT, script

NAME = script("bundle_info").APP_NAME
MAC = sys.platform == "darwin"
FOLDER = ROOT / "dist" / (f"{NAME}.app" if MAC else NAME)
PROGRAM = FOLDER / "Contents" / "MacOS" / NAME if MAC else FOLDER / NAME
MINUTES = 10
LARGEST = 400e6  # bytes

pytestmark = pytest.mark.frozen


@pytest.fixture(scope="module", autouse=True)
def is_built():
    if not PROGRAM.is_file():
        pytest.skip(f"{PROGRAM} is missing: run `make package`, which builds it")


@pytest.fixture
def run(tmp_path):
    """A function: arguments → what the app printed."""
    # No PATH, no virtual environment; Qt needs no screen.
    environment = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}

    def run_app(*arguments, language="en"):
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env=environment | {"LANGUAGE": language},
            capture_output=True,
            text=True,
            timeout=MINUTES * 60,
            check=False,
        )
        print(done.stdout, done.stderr)
        assert done.returncode == 0
        return done.stdout

    return run_app


def test_it_passes_its_own_test(run):
    said = run("--self-test")
    assert f"{__version__}, as an app of its own" in said
    assert "FAILED" not in said
    assert "checks passed" in said


def test_it_speaks_chinese_and_has_the_command_line(run, tmp_path):
    assert run("--version").strip() == f"mlx-ferry {__version__}"
    assert "用法" in run("--help", language="zh_CN")
    folder = tmp_path / "mlx-ferry-sample"
    folder.symlink_to(ROOT / "resources" / SAMPLE)
    report = json.loads(run("convert", str(folder), "-o", str(tmp_path), "--json"))
    assert (tmp_path / report["file"]["name"]).stat().st_size == report["file"]["byte_count"]


def test_nothing_that_is_left_out_is_in_it():
    contents = script("bundle_contents")
    names = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()]
    assert [name for name in names if not contents.is_kept(name)] == []
    assert [name for name in names if "/transformers/" in name or "hf_xet" in name] == []


def test_every_package_in_it_is_among_the_licences():
    readers = pytest.importorskip("PyInstaller.archive.readers")
    archive = readers.CArchiveReader(str(PROGRAM)).open_embedded_archive("PYZ.pyz")
    names = {name.split(".")[0] for name in archive.toc} - set(sys.stdlib_module_names) - {"app"}
    known = {normalized(found.metadata["Name"]) for found in distributions()}
    packages = packages_distributions()
    unknown = {name for name in names if not {normalized(one) for one in packages.get(name, ())} & known}
    assert [name for name in sorted(unknown) if not name.startswith(("_pyi_", "_sysconfigdata"))] == []


def test_no_path_of_this_machine_is_in_it():
    """Where it was built is nobody's business, and would not be there elsewhere."""
    here = os.fsencode(ROOT)
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in (".so", ".dylib")]
    assert [path.name for path in files if here in path.read_bytes()] == []


def test_it_is_not_larger_than_we_say():
    sizes = sorted(((size(path), path.name) for path in parts()), reverse=True)
    total = sum(bytes_ for bytes_, _ in sizes)
    print(f"{total / 1e6:.0f} MB in all", *(f"{bytes_ / 1e6:8.1f} MB  {name}" for bytes_, name in sizes[:15]), sep="\n")
    assert 100e6 < total < LARGEST


def parts():
    return (FOLDER / "Contents").iterdir() if MAC else (FOLDER / "_internal").iterdir()


def size(path):
    if path.is_symlink() or path.is_file():
        return 0 if path.is_symlink() else path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file() and not one.is_symlink())
