"""The table of what is supported, and its copy in the documentation."""

import runpy
from pathlib import Path

from app.core.architectures import ARCHITECTURES
from app.core.architectures.supported import TITLES, supported_models

ROOT = Path(__file__).parents[3]


def test_every_model_type_is_in_a_row():
    listed = {name for row in supported_models() for name in row[1].split(", ")}
    assert listed == {name for family in ARCHITECTURES for name in family.model_types}
    assert all(len(row) == len(TITLES) for row in supported_models())


def test_the_documentation_is_up_to_date():
    made = runpy.run_path(str(ROOT / "packaging" / "make_supported_models.py"))["table"]()
    assert (ROOT / "docs" / "supported-models.md").read_text(encoding="utf-8") == made
