"""The tables of what is supported and what is not, and their copies in the documentation."""

import json
import runpy
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from app.core.architectures import ARCHITECTURES
from app.core.architectures.families import INDEX, families_of
from app.core.architectures.supported import TITLES, supported_models
from app.core.architectures.unsupported import UNSUPPORTED
from app.core.resources import resource_path

ROOT = Path(__file__).parents[3]
SUPPORTED = {name for family in ARCHITECTURES for name in family.model_types}
KNOWN_TO_MLX_LM = json.loads((ROOT / "tests" / "data" / "mlx_lm_model_types.json").read_text(encoding="utf-8"))
HELPERS = {  # modules of mlx_lm/models that are no models
    *("__init__", "activations", "base", "bitlinear_layers", "cache", "gated_delta", "mla"),
    *("pipeline", "rope_utils", "ssm", "switch_layers"),
}


def test_every_model_type_is_in_a_row():
    listed = {name for row in supported_models() for name in row[1].split(", ")}
    assert listed == SUPPORTED
    assert all(len(row) == len(TITLES) for row in supported_models())


def test_the_documentation_is_up_to_date():
    made = runpy.run_path(str(ROOT / "packaging" / "make_supported_models.py"))
    assert (ROOT / "docs" / "supported-models.md").read_text(encoding="utf-8") == made["table"]()
    assert (ROOT / "docs" / "unsupported-models.md").read_text(encoding="utf-8") == made["unsupported_table"]()


def test_the_index_of_families_is_up_to_date_and_gives_the_same_families():
    made = runpy.run_path(str(ROOT / "packaging" / "make_supported_models.py"))
    assert resource_path(INDEX).read_text(encoding="utf-8") == made["index"]()
    for model_type in SUPPORTED:
        assert families_of(model_type) == [one for one in ARCHITECTURES if model_type in one.model_types]


def test_a_type_that_is_too_new_for_the_index_is_found(monkeypatch):
    monkeypatch.setattr("app.core.architectures.families._index", dict)
    assert [family.name for family in families_of("llama")] == ["Llama"]


def test_one_family_is_read_without_the_others():
    """In a process of its own, since here all of them are there."""
    asking = "import sys; from app.core.architectures import find_architecture; find_architecture('llama', {})"
    counting = "print(sum(name.startswith('app.core.architectures.families.') for name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", f"{asking}; {counting}"], capture_output=True, text=True, check=True)
    assert 0 < int(answer.stdout) < 5


def test_every_model_type_that_mlx_lm_knows_is_supported_or_refused_for_a_reason():
    known = set(KNOWN_TO_MLX_LM["model_types"])
    assert known - SUPPORTED - UNSUPPORTED.keys() == set()
    assert UNSUPPORTED.keys() - known == set()
    assert UNSUPPORTED.keys() & SUPPORTED == set()


def test_the_list_of_model_types_is_that_of_mlx_lm():
    mlx_lm = pytest.importorskip("mlx_lm")
    if version("mlx-lm") != KNOWN_TO_MLX_LM["mlx-lm"]:
        pytest.skip("another version of mlx-lm")
    from mlx_lm import utils

    modules = {path.stem for path in (Path(mlx_lm.__file__).parent / "models").glob("*.py")}
    assert set(KNOWN_TO_MLX_LM["model_types"]) == (modules - HELPERS) | set(utils.MODEL_REMAPPING)
