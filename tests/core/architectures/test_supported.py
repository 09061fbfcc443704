"""The tables of what is supported and what is not, and their copies in the documentation."""

import json
import runpy
from importlib.metadata import version
from pathlib import Path

import pytest

from app.core.architectures import ARCHITECTURES
from app.core.architectures.supported import TITLES, supported_models
from app.core.architectures.unsupported import UNSUPPORTED

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
