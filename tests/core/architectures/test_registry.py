"""What every family owes: found by its file, sources for its claims, rules that fit together whatever the config."""

import importlib
import json
import pkgutil
import re
from collections import Counter
from math import prod
from pathlib import Path

import pytest
from mlx_lm.utils import MODEL_REMAPPING

from app.core.architectures import ARCHITECTURES, Architecture, Layout, families, find_architecture
from app.core.architectures.line_order import line_numbers
from app.core.architectures.normalize_config import normalize_config
from app.core.architectures.ops import Change, Columns, PadRows, Rows, ScaleRows, Transpose
from app.core.model.config_check import check_config, layer_count
from app.core.model.config_values import metadata_values
from app.core.model.expected_tensors import expected_tensors
from app.core.model.identify import Model
from app.core.plan.planned_tensors import gguf_name
from tests.core.architectures.mlx_lm_args import args_classes
from tests.core.plan.in_memory import checkpoint
from tests.golden.family_models import family_models

LONGEST_FILE = 300  # lines that are not blank
VOCABULARY = 1000
MODULES = [module.name for module in pkgutil.iter_modules(families.__path__)]
LING: dict[str, object] = {
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "moe_intermediate_size": 1408,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "num_experts": 64,
    "num_experts_per_tok": 6,
    "rms_norm_eps": 1e-6,
    "max_position_embeddings": 4096,
    "num_shared_experts": 2,
    "first_k_dense_replace": 0,
}
# What config.json cannot leave out, as the published configuration classes have it
PUBLISHED: dict[str, dict[str, object]] = json.loads(
    (Path(__file__).parents[2] / "data" / "published_settings.json").read_text(encoding="utf-8")
)
# The same, where none of those would do
MUST_SAY: dict[str, dict[str, object]] = {
    "DBRX": {"attn_config": {"clip_qkv": 8}},
    "DeepSeek MoE": {"n_shared_experts": 2, "n_routed_experts": 64, "num_experts_per_tok": 6},
    "DeepSeek V2": {"num_experts_per_tok": 6},
    "dots.llm1": {"n_routed_experts": 128, "num_experts_per_tok": 6},
    "GLM-4 MoE": {"head_dim": 128},
    "Gemma 3n": {"vocab_size_per_layer_input": VOCABULARY - 100},
    "Granite 4": {"layer_types": ["attention"] * 32},
    "Granite 4 MoE": {"layer_types": ["attention"] * 32},
    "Granite 4 hybrid": {"layer_types": ["mamba", "attention"] * 16},
    "Hunyuan MoE": {"moe_topk": 8, "num_experts": 64, "num_shared_expert": 1},
    "Kimi Linear": {
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": 4096,
        "hidden_size": 2304,
        "intermediate_size": 9216,
        "moe_intermediate_size": 1024,
        "num_hidden_layers": 4,
        "num_attention_heads": 32,
        "num_key_value_heads": 32,
        "head_dim": 72,
        "linear_attn_config": {"full_attn_layers": [4], "kda_layers": [1, 2, 3], "num_heads": 32, "head_dim": 128},
        "num_experts": 256,
        "num_shared_experts": 1,
        "kv_lora_rank": 512,
        "qk_rope_head_dim": 64,
    },
    "LFM2": {"full_attn_idxs": [2, 5, 8, 10, 12, 14]},
    "LFM2 MoE": {"full_attn_idxs": [2, 6, 10, 14, 18, 21]},
    "Ling": LING,
    "Ling 2": {**LING, "use_qk_norm": True, "score_function": "sigmoid", "routed_scaling_factor": 2.5},
    "Ling with a normalized head": {**LING, "norm_head": True},
    "MiniCPM": {
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": 4096,
        "hidden_size": 2304,
        "intermediate_size": 5760,
        "num_hidden_layers": 40,
        "num_attention_heads": 36,
        "scale_emb": 12,
        "scale_depth": 1.4,
        "dim_model_base": 256,
    },
    "MiMo V2": {"sliding_window_size": 128, "hybrid_layer_pattern": [0, *[1] * 47], "moe_layer_freq": [0, *[1] * 47]},
    "Nemotron NAS": {
        "block_configs": [{"attention": {"n_heads_in_group": 8}, "ffn": {"ffn_mult": 5.25}}] * 80,
    },
    "Nemotron-H": {"hybrid_override_pattern": "M-*-"},
    "Nemotron-H MoE": {"hybrid_override_pattern": "MEM*E"},
    "Spark 2.5": {
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "sliding_window": 1024,
    },
    "Step 3.5": {
        "hidden_size": 4096,
        "intermediate_size": 11264,
        "num_hidden_layers": 4,
        "num_attention_heads": 64,
        "num_attention_groups": 8,
        "head_dim": 128,
        "layer_types": ["full_attention", *["sliding_attention"] * 3],
        "partial_rotary_factors": [0.5, 1.0, 1.0, 1.0],
    },
}
CONFIGS = [
    *(
        (f.name, f, {**PUBLISHED.get(f.name, {}), "vocab_size": VOCABULARY, **MUST_SAY.get(f.name, {})})
        for f in ARCHITECTURES
    ),
    *((m.name, find_architecture(m.config["model_type"], m.config), m.config) for m in family_models()),
]
each_family = pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)
each_config = pytest.mark.parametrize(
    ("family", "config"), [config[1:] for config in CONFIGS], ids=[config[0] for config in CONFIGS]
)


def everything_wanted(family, config):
    unified = normalize_config(config, family.defaults)
    assert check_config(family, unified, metadata_values(family, unified)) == ()
    return expected_tensors(family, unified, layer_count(family, unified), VOCABULARY)


@pytest.mark.parametrize("module", MODULES)
def test_every_family_of_a_file_is_found(module):
    written = vars(importlib.import_module(f"{families.__name__}.{module}"))
    found = [one for one in written.values() if isinstance(one, Architecture)]
    assert found
    assert all(family in ARCHITECTURES for family in found)


@pytest.mark.parametrize("module", MODULES)
def test_family_files_are_short(module):
    lines = (Path(families.__path__[0]) / f"{module}.py").read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) < LONGEST_FILE


def test_no_model_type_has_two_families_that_could_both_be_meant():
    sharing = Counter(name for family in ARCHITECTURES for name in family.model_types if family.when is None)
    assert [name for name, count in sharing.items() if count > 1] == []
    assert len({family.name for family in ARCHITECTURES}) == len(ARCHITECTURES)


@pytest.mark.parametrize("model", family_models(), ids=lambda model: model.name)
def test_of_several_families_with_one_model_type_just_one_takes_a_config(model):
    sharing = [family for family in ARCHITECTURES if model.config["model_type"] in family.model_types]
    config = normalize_config(model.config)
    taking = [family for family in sharing if family.when is None or family.when(config)]
    assert taking == [find_architecture(model.config["model_type"], model.config)]


def test_what_config_json_says_decides_between_families_of_one_model_type():
    def name(model_type, **config):
        found = find_architecture(model_type, {"model_type": model_type, **config})
        return found and found.name

    assert name("nemotron_h", hybrid_override_pattern="M-*-") == "Nemotron-H"
    assert name("nemotron_h", hybrid_override_pattern="MEM*E") == "Nemotron-H MoE"
    assert name("granitemoehybrid", layer_types=["mamba", "attention"]) == "Granite 4 hybrid"
    nested = {"layer_types": ["mamba", "attention"], "model_type": "other"}
    assert name("granitemoehybrid", text_config=nested) == "Granite 4 hybrid"
    assert name("granitemoehybrid", layer_types=["attention"]) != "Granite 4 hybrid"
    assert name("llama", layer_types=["mamba"]) == "Llama"
    assert name("none") is None
    assert name(None) is None


@pytest.mark.parametrize("value", [5, True, None, "", "x", [], [5], [None], {}, {"mamba": 1}, 1.5])
def test_strange_settings_do_not_stop_the_search_for_a_family(value):
    asked = ("layer_types", "hybrid_override_pattern", "layers_block_type", "num_experts", "num_local_experts")
    for family in ARCHITECTURES:
        for setting in asked if family.when else ():
            find_architecture(family.model_types[0], {setting: value})
            find_architecture(family.model_types[0], {"text_config": {setting: value}})


@each_family
def test_sources_are_llama_cpps_graph_and_converter_and_what_mlx_lm_loads_the_type_with(family):
    graph, converter, model = family.sources
    assert re.fullmatch(r"src/models/[a-z0-9_-]+\.cpp", graph)
    assert re.fullmatch(r"conversion/[a-z0-9_]+\.py", converter)
    modules = {args.__module__ for args in args_classes(family).values()}
    modules |= {f"mlx_lm.models.{MODEL_REMAPPING.get(name, name)}" for name in family.model_types}
    assert model.removesuffix(".py").replace("/", ".") in modules


@each_family
def test_a_family_has_model_types_an_embedding_and_a_head(family):
    assert family.model_types
    assert {rule.name for rule in family.all_tensors} >= {family.embedding, family.lm_head}


@each_config
def test_every_tensor_has_a_name_of_its_own_in_the_file(family, config):
    wanted = everything_wanted(family, config)
    model = Model(checkpoint([]), family, layer_count=max(one.layer.index for one in wanted) + 1)
    found = {one.key: gguf_name(model, one) for one in wanted}
    assert [one.key for one in wanted if not one.rule.optional and not found[one.key]] == []
    assert len(found) == len(wanted)
    in_file = [name for name in found.values() if name] + [tensor.gguf for tensor in family.all_computed]
    assert [name for name, count in Counter(in_file).items() if count > 1] == []


@each_config
@pytest.mark.parametrize("layout", list(Layout))
def test_changes_turn_the_shape_of_the_folder_into_that_of_the_file(family, config, layout):
    wanted = everything_wanted(family, config)
    for one, form in ((expected, form) for expected in wanted for form in expected.forms(layout)):
        count, shape = form.pieces
        assert all(length > 0 for length in (count, *shape)), one.key
        assert count_after(form.change, shape, prod(shape)) * count == prod(one.written_shape), one.key


def count_after(change: Change, shape: tuple[int, ...], count: int) -> int:
    """Number of values after `change`; checks that it can be done to this shape."""
    rows = shape[0]
    if isinstance(change.rows, Rows):
        lines = line_numbers(change.rows.picks)
        assert lines.min() >= 0
        assert lines.max() < rows
        count, rows = count // rows * lines.size, lines.size
    if isinstance(change.rows, PadRows):
        assert change.rows.row_count >= rows
        count, rows = count // rows * change.rows.row_count, change.rows.row_count
    if isinstance(change.within_rows, Columns):
        lines = line_numbers(change.within_rows.picks)
        assert lines.min() >= 0
        assert lines.max() < shape[-1]
        count = count // shape[-1] * lines.size
    if isinstance(change.within_rows, Transpose):
        assert rows % change.within_rows.row_count == 0
    for op in change.values:
        if isinstance(op, ScaleRows):  # rows are counted as they are read
            assert (change.rows, change.within_rows) == (None, None)
            assert sum(length for length, _ in op.parts) == rows
    return count
