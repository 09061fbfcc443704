"""The cask and the formula: filled in, whole, and Ruby where there is a Ruby to say so."""

import hashlib
import re
import shutil
import subprocess

import pytest

from tests.packaging.scripts import script

NAMES = ["Casks/mlx-ferry.rb", "Formula/mlx-ferry.rb"]
OPENS = re.compile(r"^\s*(class|def|if|unless|begin)\b|\bdo\b(\s*\|.*\|)?\s*$")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder with both, for a disk image and an archive of a few bytes."""
    folder = tmp_path_factory.mktemp("tap")
    (folder / "image.dmg").write_bytes(b"image")
    (folder / "archive.tar.gz").write_bytes(b"archive")
    made = script("make_homebrew")
    patch = pytest.MonkeyPatch()
    arguments = ["make_homebrew", "owner/repository", folder / "image.dmg", folder / "archive.tar.gz", folder]
    patch.setattr("sys.argv", list(map(str, arguments)))
    made.main()
    patch.undo()
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_every_place_is_filled(name, written):
    source = (written / name).read_text(encoding="utf-8")
    assert re.findall(r"@[A-Z0-9_]+@", source) == []
    assert f"https://github.com/owner/repository/releases/download/v{script('bundle_info').VERSION}/" in source.replace(
        "#{version}", script("bundle_info").VERSION
    )


def test_checksums_are_those_of_the_files(written):
    cask, formula = ((written / name).read_text(encoding="utf-8") for name in NAMES)
    assert hashlib.sha256(b"image").hexdigest() in cask
    assert hashlib.sha256(b"archive").hexdigest() in formula


@pytest.mark.parametrize("name", NAMES)
def test_what_is_opened_is_closed(name, written):
    """Blocks and their ends, quotes and brackets: what a slip breaks first. Ruby itself may not be here."""
    lines = (written / name).read_text(encoding="utf-8").splitlines()
    opened = sum(bool(OPENS.search(line)) for line in lines)
    assert opened == sum(line.strip() == "end" for line in lines) > 0
    for line in lines:
        assert line.count('"') % 2 == 0, line
    source = "\n".join(lines)
    assert all(source.count(left) == source.count(right) for left, right in ("()", "[]", "{}"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(not shutil.which("ruby"), reason="there is no ruby here: only their structure is checked")
def test_ruby_reads_them(name, written):
    subprocess.run(["ruby", "-c", str(written / name)], check=True, capture_output=True)


def test_the_oldest_macos_is_that_of_the_app(written):
    assert script("bundle_info").MIN_MACOS == "14.0"  # Sonoma
    assert all(":sonoma" in (written / name).read_text(encoding="utf-8") for name in NAMES)
