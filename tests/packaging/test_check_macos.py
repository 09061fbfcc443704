"""What a Mac could not load is found without a Mac, in files made by hand and in the wheels where they are."""

import pytest

from tests.packaging.mach_o_by_hand import ARM64, EXTERNAL_DEFINED, EXTERNAL_UNDEFINED, WEAK, X86_64, thin, universal
from tests.packaging.scripts import ROOT, script

check_macos = script("check_macos")
NEW = "__ZTVNSt3__117bad_function_callE"
WHEELS = ROOT / ".cache" / "mac-tree"  # packaging/mac-tree.sh


def problems(tmp_path, data, name="numpy/core.so", oldest=(14, 0)):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    count, found = check_macos.check(tmp_path, oldest)
    assert count == 1
    return found


@pytest.mark.parametrize("old_command", [False, True])
def test_a_library_for_the_oldest_system_is_fine(old_command, tmp_path):
    links = ("@rpath/core.so", "/System/Library/Frameworks/Metal.framework/Metal")
    assert problems(tmp_path, thin(links=links, old_command=old_command)) == []


@pytest.mark.parametrize("old_command", [False, True])
def test_a_newer_system_is_named(old_command, tmp_path):
    assert problems(tmp_path, thin((26, 2), old_command=old_command)) == ["numpy/core.so: needs macOS 26.2"]


def test_bindings_of_qt_say_more_than_they_need_but_qt_itself_does_not(tmp_path):
    assert problems(tmp_path, thin((15, 0)), "PySide6/QtCore.abi3.so") == []
    found = check_macos.check_file
    framework = tmp_path / "PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore"
    framework.parent.mkdir(parents=True)
    framework.write_bytes(thin((14, 4)))
    assert list(found(framework, tmp_path, (14, 0), set())) == ["needs macOS 14.4"]


def test_a_link_to_what_was_left_out_is_named(tmp_path):
    link = "@rpath/QtPdf.framework/Versions/A/QtPdf"
    assert problems(tmp_path, thin(links=(link,))) == [f"numpy/core.so: links {link}, which is not there"]


def test_a_link_to_somebodys_own_library_is_named(tmp_path):
    path = "/opt/homebrew/lib/libomp.dylib"
    assert problems(tmp_path, thin(links=(path,))) == [f"numpy/core.so: links {path}"]


@pytest.mark.parametrize(
    ("kind", "description", "oldest", "is_bad"),
    [
        (EXTERNAL_UNDEFINED, 0, (14, 0), True),
        (EXTERNAL_UNDEFINED, 0, (15, 4), False),
        (EXTERNAL_UNDEFINED, WEAK, (14, 0), False),
        (EXTERNAL_DEFINED, 0, (14, 0), False),
    ],
    ids=["needed", "the system has it", "weak", "its own"],
)
def test_a_symbol_of_a_newer_system_is_named(kind, description, oldest, is_bad, tmp_path):
    symbols = (("_malloc", EXTERNAL_UNDEFINED, 0), (NEW, kind, description))
    expected = [f"PySide6/QtCore.abi3.so: imports {NEW}, which macOS has since 15.4"] if is_bad else []
    assert problems(tmp_path, thin(symbols=symbols), "PySide6/QtCore.abi3.so", oldest) == expected


def test_of_a_universal_file_the_slice_for_arm64_counts(tmp_path):
    arm, intel = thin((14, 0)), thin((26, 0), processor=X86_64) + b"\0" * 10_000
    assert problems(tmp_path, universal((X86_64, intel), (ARM64, arm))) == []
    assert check_macos.sizes(tmp_path) == [("numpy", len(arm))]


def test_without_arm64_it_is_named(tmp_path):
    assert problems(tmp_path, thin(processor=X86_64)) == ["numpy/core.so: has no slice for arm64"]


def test_a_class_of_java_is_no_universal_file(tmp_path):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "Main.class").write_bytes(b"\xca\xfe\xba\xbe\x00\x00\x00\x3d" + b"\0" * 100)
    assert check_macos.check(tmp_path, (14, 0)) == (0, [])


def test_what_does_not_go_into_the_app_is_not_looked_at(tmp_path):
    path = tmp_path / "PySide6/Qt/plugins/sqldrivers/libqsqlodbc.dylib"
    path.parent.mkdir(parents=True)
    path.write_bytes(thin((26, 0)))
    assert check_macos.check(tmp_path, (14, 0)) == (0, [])


@pytest.fixture
def bundle(tmp_path):
    """An app as PyInstaller lays it out, links and all."""
    app = tmp_path / "MLX Ferry.app"
    frameworks, resources = app / "Contents/Frameworks", app / "Contents/Resources"
    (frameworks / "mlx/lib").mkdir(parents=True)
    (resources / "mlx/lib").mkdir(parents=True)
    (resources / "mlx/lib/mlx.metallib").write_bytes(b"MTLB")
    (frameworks / "mlx/lib/mlx.metallib").symlink_to("../../../Resources/mlx/lib/mlx.metallib")
    (frameworks / "mlx/lib/libmlx.dylib").write_bytes(thin())
    (frameworks / "libmlx.dylib").symlink_to("mlx/lib/libmlx.dylib")
    (frameworks / "mlx.metallib").symlink_to("mlx/lib/mlx.metallib")
    return app


def test_the_layout_of_the_app_is_fine(bundle):
    assert check_macos.check(bundle, (14, 0)) == (1, [])


def test_a_flattened_app_is_noticed(bundle):
    link = bundle / "Contents/Frameworks/libmlx.dylib"
    link.unlink()
    link.write_bytes(thin())
    _, found = check_macos.check(bundle, (14, 0))
    assert found == ["Contents/Frameworks/libmlx.dylib is a copy, not a link: the bundle was flattened"]


def test_a_metal_library_out_of_reach_is_noticed(bundle):
    (bundle / "Contents/Resources/mlx/lib/mlx.metallib").unlink()
    _, found = check_macos.check(bundle, (14, 0))
    assert found == ["no mlx.metallib in Contents/Frameworks", "no mlx.metallib in Contents/Frameworks/mlx/lib"]


@pytest.mark.frozen
def test_the_wheels_of_a_mac_are_fine_and_the_app_is_as_large_as_we_say():
    if not WHEELS.is_dir():
        pytest.skip(f"{WHEELS} is missing: run `make package`, which fetches the wheels of a Mac")
    count, found = check_macos.check(WHEELS, check_macos.version(check_macos.MIN_MACOS))
    assert found == []
    assert count > 50
    (metal,) = WHEELS.glob("mlx_metal-*.dist-info/WHEEL")
    assert "macosx_14_0_arm64" in metal.read_text(encoding="utf-8")
    assert 300e6 < sum(size for _, size in check_macos.sizes(WHEELS)) < 360e6
