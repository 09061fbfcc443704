"""What the app says of itself, what goes into it, and the files that sign and pack it."""

import ast
import plistlib
import re
import subprocess
import sys
import tomllib
from runpy import run_path

import pytest

from app import __version__
from app.core.language import language_codes
from app.core.licences import distributions, normalized
from app.core.resources import SAMPLE, resource_path
from app.core.verify.engines.without_transformers import LEFT_OUT
from app.core.verify.verification import PACKAGES
from app.self_test.installation import PACKAGES as SHOWN
from tests.packaging.scripts import PACKAGING, ROOT, script

info, contents = script("bundle_info"), script("bundle_contents")
PLIST = plistlib.loads(plistlib.dumps(info.INFO_PLIST))


def test_versions_are_digits_and_dots():
    assert PLIST["CFBundleShortVersionString"] == PLIST["CFBundleVersion"] == __version__
    assert re.fullmatch(r"\d+(\.\d+){0,2}", PLIST["CFBundleVersion"])


def test_the_oldest_macos_is_everywhere_the_same():
    assert PLIST["LSMinimumSystemVersion"] == info.MIN_MACOS
    assert run_path(str(PACKAGING / "compile_kernels.py"))["MACOS"] == info.MIN_MACOS
    assert f"(macOS {info.MIN_MACOS.split('.')[0]} or later" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_finder_stays_what_opens_folders():
    (kind,) = PLIST["CFBundleDocumentTypes"]
    assert kind["LSItemContentTypes"] == ["public.folder"]
    assert (kind["CFBundleTypeRole"], kind["LSHandlerRank"]) == ("Viewer", "Alternate")


def test_dark_mode_and_sharp_letters_are_not_refused():
    assert PLIST["NSRequiresAquaSystemAppearance"] is False
    assert PLIST["NSHighResolutionCapable"] is True


def test_every_language_of_the_program_is_named():
    assert len(PLIST["CFBundleLocalizations"]) == len(language_codes())


def test_entitlements_are_the_two_that_are_needed():
    with (PACKAGING / "entitlements.plist").open("rb") as file:
        found = plistlib.load(file)
    assert found == {
        "com.apple.security.cs.allow-unsigned-executable-memory": True,
        "com.apple.security.cs.disable-library-validation": True,
    }


def test_the_disk_image_shows_the_app_and_where_it_goes():
    found = run_path(str(PACKAGING / "dmg_settings.py"), {"defines": {"app": "somewhere/MLX Ferry.app"}})
    assert found["files"] == ["somewhere/MLX Ferry.app"]
    assert found["symlinks"] == {"Applications": "/Applications"}
    assert set(found["icon_locations"]) == {"MLX Ferry.app", "Applications"}
    (_, (width, height)), half = found["window_rect"], found["icon_size"] / 2
    for x, y in found["icon_locations"].values():
        assert half <= x <= width - half
        assert half <= y <= height - half - 40  # its name below


def test_the_icon_has_every_size():
    data = (PACKAGING / "MLX Ferry.icns").read_bytes()
    assert data[:4] == b"icns"
    assert int.from_bytes(data[4:8], "big") == len(data)
    kinds, place = set(), 8
    while place < len(data):
        kinds.add(data[place : place + 4])
        place += int.from_bytes(data[place + 4 : place + 8], "big")
    assert {b"ic07", b"ic08", b"ic09", b"ic10", b"ic11", b"ic12", b"ic13", b"ic14"} <= kinds


def test_the_spec_is_python_and_reads_the_data():
    tree = ast.parse((PACKAGING / "mlx_ferry.spec").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {"bundle_contents", "bundle_info"} <= modules


def test_every_version_that_is_shown_can_be_found_in_the_app():
    carried = {normalized(found.metadata["Name"]) for found in distributions()} - set(contents.NO_METADATA)
    assert {normalized(name) for name in (*PACKAGES, *SHOWN)} <= carried


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", True),
        ("PySide6/Qt/translations/qtbase_de.qm", False),
        ("PySide6/Qt/translations/qt_zh_CN.qm", False),
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6Network.so.6", False),
        ("PySide6/Qt/plugins/platforms/libqoffscreen.so", True),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", False),
        ("app/core/encode/native/kernels.so", True),
        ("mlx_ferry-0.1.0.dist-info/METADATA", True),
        ("mlx_ferry-0.1.0.dist-info/direct_url.json", False),
        ("resources/guide/pictures/en/first-page.png", True),
        ("resources/locale/zh_CN/LC_MESSAGES/mlx_ferry.mo", True),
        ("resources/locale/zh_CN/LC_MESSAGES/mlx_ferry.po", False),
    ],
)
def test_what_stays_out_of_the_app(name, is_kept):
    assert contents.is_kept(name) is is_kept


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("mlx/lib/mlx.metallib", True),
        ("mlx/include/mlx/array.h", False),
        ("PySide6/Qt/lib/QtCore.framework/Versions/A/QtCore", True),
        ("PySide6/Qt/lib/QtQml.framework/Versions/A/QtQml", False),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", True),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlodbc.dylib", False),
        ("PySide6/Assistant.app/Contents/MacOS/Assistant", False),
        ("transformers/models/auto/auto_factory.py", False),
        ("hf_xet/hf_xet.abi3.so", False),
    ],
)
def test_what_of_a_macs_wheels_goes_into_the_app(name, is_taken):
    assert contents.is_taken(name) is is_taken


def test_the_proof_needs_nothing_that_is_left_out():
    """The engine of mlx-lm loads a model where what the app lacks cannot be imported."""
    missing = [name for name in contents.EXCLUDED if name != LEFT_OUT]  # which the engine's child sees to itself
    code = f"""
import sys
sys.modules.update(dict.fromkeys({missing}))
from app.core.verify.engines.without_transformers import leave_out_transformers
leave_out_transformers()
from app.core.verify.engines.mlx_lm_engine import MlxLm
engine = MlxLm({str(resource_path(SAMPLE))!r})
engine.restart()
print(engine.logits([2, 20]).shape)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout == "(2, 896)\n", run.stderr


def test_the_package_extra_has_what_the_spec_uses():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=;]", one)[0].strip() for one in project["optional-dependencies"]["package"]}
    assert {"pyinstaller", "pillow", "dmgbuild", "uv"} <= names
