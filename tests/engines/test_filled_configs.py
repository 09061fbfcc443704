"""Whatever transformers 5 or mlx-lm add to a config.json: the file loads, or the folder is refused."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.engines import EngineKind
from tests.engines.ask import Engine
from tests.engines.filled_configs import by_transformers, content, filled, sound_checkpoint, with_config
from tests.engines.swept import complaint
from tests.golden.family_models import FamilyModel, family_models, save_mlx, save_published
from tests.planning import make_plan
from tests.tiny_checkpoints import with_tokenizer

MODELS = {model.name: model for model in family_models()}


@pytest.fixture(scope="module")
def engine():
    found = Engine(EngineKind.LLAMA_CPP)
    yield found
    found.close()


@pytest.mark.parametrize("name", MODELS)
def test_what_is_filled_in_asks_for_no_tensor_that_is_not_there(name, engine, tmp_path):
    sound = sound_checkpoint(MODELS[name])
    usual = content(identify(sound))
    for number, (who, config) in enumerate(filled(sound)):
        found = with_config(sound, config)
        codes = {finding.code for finding in make_plan(found).blockers} - {"lm-head-missing"}
        if not codes and content(identify(found)) != usual:
            assert not _refused_by_llama_cpp(MODELS[name], config, engine, tmp_path / str(number)), who


def _refused_by_llama_cpp(model, config, engine, place):
    folder = with_tokenizer(save_mlx(save_published(model, place / "published"), place / "saved"))
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.F32))
    return "" if plan.blockers else complaint(plan, place / "file.gguf", engine)


@pytest.mark.parametrize(
    "name",
    [
        "granitemoehybrid",
        "granitemoehybrid-attention",
        "granitemoehybrid-attention-moe",
        "nemotron_h",
        "nemotron_h-moe",
    ],
)
def test_hybrids_that_transformers_5_saves_become_the_same_file(name):
    """It writes other names for kinds of layers, and n_routed_experts for a Nemotron-H without experts."""
    sound = sound_checkpoint(FamilyModel(name))
    config = by_transformers(dict(sound.config))
    assert "full_attention" in (config.get("layer_types") or config["layers_block_type"])
    assert name != "nemotron_h" or config["n_routed_experts"] == 8
    assert content(identify(with_config(sound, config))) == content(identify(sound))
