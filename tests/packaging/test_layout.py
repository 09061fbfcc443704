"""PyInstaller's layout of a Mac's app, made of empty files on any system: all is found where it is looked for."""

import os
from pathlib import Path

import pytest

from tests.packaging.mach_o_by_hand import thin
from tests.packaging.scripts import script

pytestmark = pytest.mark.frozen

CONTENT = {
    "mlx/core.cpython-312-darwin.so": "EXTENSION",
    "mlx/lib/libmlx.dylib": "BINARY",
    "mlx/lib/libjaccl.dylib": "BINARY",
    "mlx/lib/mlx.metallib": "DATA",
    "xllamacpp/xllamacpp.abi3.so": "EXTENSION",
    "app/core/encode/native/kernels.so": "BINARY",
    "resources/sample/mlx-ferry-sample/config.json": "DATA",
    "resources/guide/pictures/en/first-page.png": "DATA",
    "resources/locale/zh_CN/LC_MESSAGES/mlx_ferry.mo": "DATA",
    "mlx_ferry-0.1.0.dist-info/METADATA": "DATA",
}
LINKS = {  # the first PyInstaller makes of each library in a folder, the second is our spec's
    "libmlx.dylib": "mlx/lib/libmlx.dylib",
    "mlx.metallib": "mlx/lib/mlx.metallib",
}


@pytest.fixture
def bundle(tmp_path):
    """The app's folder, with links and all."""
    osx = pytest.importorskip("PyInstaller.building.osx", reason="PyInstaller is missing: run `make package`")
    source = tmp_path / "library"
    source.write_bytes(thin())
    entries = [(name, str(source), kind) for name, kind in CONTENT.items()]
    entries += [(name, target, "SYMLINK") for name, target in LINKS.items()]
    app = tmp_path / "MLX Ferry.app"
    for name, origin, kind in object.__new__(osx.BUNDLE)._process_bundle_toc(entries):
        path = app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "SYMLINK":
            path.symlink_to(origin)
        else:
            path.write_bytes(Path(origin).read_bytes())
    return app


def test_mlx_finds_its_metal_library_by_either_path(bundle):
    assert list(script("check_macos").check_layout(bundle)) == []
    frameworks = bundle / "Contents" / "Frameworks"
    by_link = Path(os.path.realpath(frameworks / "libmlx.dylib"))
    assert by_link == frameworks / "mlx" / "lib" / "libmlx.dylib"
    assert (by_link.parent / "mlx.metallib").is_file()


def test_the_program_finds_its_parts_from_one_folder(bundle):
    """sys._MEIPASS of an app is Contents/Frameworks."""
    assert [name for name in CONTENT if not (bundle / "Contents" / "Frameworks" / name).is_file()] == []


def test_nothing_in_frameworks_breaks_a_signature(bundle):
    """codesign takes a real folder with a dot in its name for a bundle."""
    frameworks = bundle / "Contents" / "Frameworks"
    folders = [path for path in frameworks.rglob("*") if path.is_dir() and not path.is_symlink()]
    assert [path.name for path in folders if "." in path.name] == []
