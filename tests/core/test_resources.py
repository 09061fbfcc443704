"""Resources are found in a checkout, in a wheel and in a frozen app."""

import sys
from pathlib import Path

import pytest

import app
from app.core.resources import resource_path


def test_in_a_checkout():
    assert resource_path("app-icon.svg") == Path(app.__file__).resolve().parents[1] / "resources" / "app-icon.svg"


@pytest.mark.parametrize("place", ["wheel", "frozen"])
def test_elsewhere(place, tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "app"
    root = package if place == "wheel" else tmp_path / "bundle"
    (root / "resources").mkdir(parents=True)
    (root / "resources" / "file.txt").touch()
    monkeypatch.setattr(app, "__file__", str(package / "__init__.py"))
    if place == "frozen":
        monkeypatch.setattr(sys, "_MEIPASS", str(root), raising=False)
    assert resource_path("file.txt") == root / "resources" / "file.txt"


def test_what_is_missing_is_named():
    with pytest.raises(FileNotFoundError, match=r"no-such-file\.txt"):
        resource_path("no-such-file.txt")
