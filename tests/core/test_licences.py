"""Whatever the program consists of is named with its licence, and the whole text of it is there."""

import sys
from importlib.metadata import distribution
from runpy import run_path

import pytest

from app.core import licences
from app.core.licences import distributions, normalized, parts
from app.core.resources import resource_path
from tests.packaging.scripts import PACKAGING

PARTS = parts()


def test_this_program_comes_first():
    assert (PARTS[0].name, PARTS[0].licence) == ("mlx-ferry", "Apache-2.0")
    assert [part.name.lower() for part in PARTS[1:]] == sorted(part.name.lower() for part in PARTS[1:])


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_has_a_licence_and_its_text(part):
    assert part.version
    assert 2 < len(part.licence) < 100
    assert len(part.text) > 500


def test_packages_that_packages_need_are_followed():
    named = {normalized(found.metadata["Name"]) for found in distributions()}
    wanted = {
        "gguf",
        "mlx",
        "mlx-lm",
        "transformers",
        "huggingface-hub",
        "xllamacpp",
        "pyside6-essentials",
        "tokenizers",
    }
    assert wanted <= named
    assert ("mlx-metal" if sys.platform == "darwin" else "mlx-cpu") in named  # by way of an extra
    assert named.isdisjoint({"pytest", "ruff", "pyinstaller"})  # extras that nobody wanted


def test_what_lies_inside_of_packages_is_named():
    assert {"Python", "Qt", "llama.cpp, ggml"} <= {part.name for part in PARTS}
    assert "The ggml authors" in next(part.text for part in PARTS if part.name == "llama.cpp, ggml")


def test_the_frozen_app_also_names_what_starts_it(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "PyInstaller" in {part.name for part in parts()}


@pytest.mark.parametrize(
    ("line", "extra", "needs"),
    [
        ("numpy<3,>=2.2", "", [("numpy", "")]),
        ("mlx[cpu]<0.33,>=0.32", "", [("mlx", ""), ("mlx", "cpu")]),
        ("mlx-cpu==0.32.4; platform_system == 'Linux' and extra == 'cpu'", "", []),
        ("mlx-cpu==0.32.4; platform_system == 'Linux' and extra == 'cpu'", "cpu", [("mlx-cpu", "")]),
        ("Typing_Extensions (>=4) ; python_version < '4'", "", [("typing-extensions", "")]),
    ],
)
def test_a_requirement_is_read(line, extra, needs):
    assert list(licences._needs(line, extra)) == needs


def test_texts_of_our_own_are_for_packages_that_bring_none():
    for name, files in licences.WITHOUT_TEXT.items():
        brought = [one for one in distribution(name).files or () if licences.LICENCE_FILE.search(one.name)]
        assert [one for one in brought if ".dist-info" in str(one)] == [], name
        assert all(resource_path(f"licences/{file}").stat().st_size > 1000 for file in files)


def test_the_bill_of_materials_has_every_part():
    made = run_path(str(PACKAGING / "bill_of_materials.py"))["bill"](PARTS)
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["component"]["name"] == "mlx-ferry"
    assert len(made["components"]) == len(PARTS) - 1
    assert len({one["bom-ref"] for one in made["components"]}) == len(PARTS) - 1
    assert all(
        one["purl"].startswith("pkg:pypi/") and one["licenses"][0]["license"]["name"] for one in made["components"]
    )
