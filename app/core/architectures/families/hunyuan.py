"""Hunyuan: rope slowed down by a factor alpha that goes into its base, norms of heads after rope."""

from dataclasses import replace

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, Head, MlxHead
from app.core.architectures.config_rows import F32, STRING, U32, Config, ConfigRow, f32, setting, u32
from app.core.architectures.parts import moe
from app.core.architectures.parts.decoder import MLP, attention, decoder, head_norms, mlp, norms
from app.core.architectures.parts.rope import rope
from app.core.architectures.requirements import NO_OUTPUT_BIAS, SILU, Requirement, as_it_stands, never, one_of
from app.core.architectures.sizes import head_size
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

CONTEXT = 1 << 18  # llama.cpp conversion/hunyuan.py, for rope scaling of the kind "dynamic"
STATED_CONTEXTS = (1 << 15, CONTEXT)  # same file: what config.json may say then
THETA = 10000.0

LAYERS = (decoder(), norms(), attention(), head_norms(names=("query_layernorm", "key_layernorm")))


def _is_dynamic(config: Config) -> bool:
    return bool(config["rope_scaling"].get("rope_type") == "dynamic")


def _base(config: Config) -> float:
    """mlx-lm models/hunyuan_v1_dense.py, DynamicNTKAlphaRoPE."""
    theta, size = float(config["rope_theta"]), head_size(config)
    return theta * float(config["rope_scaling"]["alpha"]) ** (size / (size - 2)) if _is_dynamic(config) else theta


def _when_dynamic(key: str, value: int | str, *otherwise: str) -> ConfigRow:
    kind = STRING if isinstance(value, str) else F32 if key == Keys.Rope.SCALING_FACTOR else U32
    return ConfigRow(key, kind, value=lambda c: value if _is_dynamic(c) else setting(c, *otherwise))


METADATA = (  # llama.cpp conversion/hunyuan.py
    f32(Keys.Rope.FREQ_BASE, value=_base),
    _when_dynamic(Keys.Rope.SCALING_TYPE, RopeScalingType.NONE.value),
    _when_dynamic(Keys.Rope.SCALING_FACTOR, 1),
    _when_dynamic(Keys.Rope.SCALING_ORIG_CTX_LEN, CONTEXT),
    _when_dynamic(Keys.LLM.CONTEXT_LENGTH, CONTEXT, "max_position_embeddings"),
)
REQUIREMENTS = (
    SILU,
    NO_OUTPUT_BIAS,
    one_of("use_qk_norm", True),
    never("use_cla", text("layers with keys of their own")),
    Requirement(
        "rope_scaling",
        text("dynamic scaling with an alpha"),
        lambda c: not _is_dynamic(c) or bool(setting(c["rope_scaling"], "alpha")),
    ),
    Requirement("rope_theta", text("10000 with alpha"), lambda c: not _is_dynamic(c) or c["rope_theta"] == THETA),
    Requirement(
        "max_position_embeddings",
        text("32768 or 262144 with alpha"),
        lambda c: not _is_dynamic(c) or c["max_position_embeddings"] in STATED_CONTEXTS,
    ),
)

HUNYUAN_DENSE = Architecture(
    name="Hunyuan",
    model_types=("hunyuan_v1_dense",),
    gguf="hunyuan-dense",
    # llama.cpp conversion/hunyuan.py, HunYuanModel.set_vocab
    vocabularies={"hunyuan_v1_dense": KnownVocabulary(ends=("eod_token_id",))},
    sources=("src/models/hunyuan-vl.cpp", "conversion/hunyuan.py", "mlx_lm/models/hunyuan_v1_dense.py"),
    head=Head.OPTIONAL,
    mlx_head=MlxHead.CONFIG,
    ties_by_default=False,
    # transformers models/hunyuan_v1_dense/configuration_hunyuan_v1_dense.py, HunYuanDenseV1Config
    defaults={
        "num_key_value_heads": lambda config: config["num_attention_heads"],
        "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
        "max_position_embeddings": 2048,
        "rope_theta": THETA,
    },
    parts=(*LAYERS, mlp(), rope(by="mlx-lm")),
    metadata=METADATA,
    requirements=REQUIREMENTS,
)


def _of_layers(config: Config, name: str) -> list[int]:
    """A number for each layer, where config.json may have one for all."""
    found = config[name]
    return list(found) if isinstance(found, list) else [found] * int(config["num_hidden_layers"])


def _first(key: str, name: str) -> ConfigRow:
    return u32(key, value=lambda c: _of_layers(c, name)[0])


HUNYUAN_MOE = replace(
    HUNYUAN_DENSE,
    name="Hunyuan MoE",
    model_types=("hunyuan",),
    gguf="hunyuan-moe",
    sources=("src/models/hunyuan-moe.cpp", "conversion/hunyuan.py", "mlx_lm/models/hunyuan.py"),
    mlx_head=MlxHead.NEVER,
    ties_by_default=True,  # the published models
    defaults={
        "num_key_value_heads": lambda config: config["num_attention_heads"],
        "max_position_embeddings": 2048,
        "moe_intermediate_size": lambda config: config["intermediate_size"],
    },
    parts=(*LAYERS, moe.router("gate.wg"), moe.experts(), mlp(f"{MLP}.shared_mlp", suffix="_shexp")),
    metadata=(
        *METADATA,
        u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "intermediate_size"),
        _first(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, "moe_intermediate_size"),
        _first(Keys.LLM.EXPERT_USED_COUNT, "moe_topk"),
        _first(Keys.LLM.EXPERT_SHARED_COUNT, "num_shared_expert"),
    ),
    requirements=(  # llama.cpp src/models/hunyuan-moe.cpp
        *REQUIREMENTS,
        Requirement("rope_scaling", text("rope scaling of type dynamic"), _is_dynamic, by="mlx-lm"),
        one_of("use_mixed_mlp_moe", True),
        Requirement("moe_topk", text("one value for all layers"), lambda c: len(set(_of_layers(c, "moe_topk"))) == 1),
        Requirement("num_shared_expert", text("one"), lambda c: set(_of_layers(c, "num_shared_expert")) == {1}),
        Requirement(
            "moe_intermediate_size",
            as_it_stands("intermediate_size"),
            lambda c: set(_of_layers(c, "moe_intermediate_size")) == {c["intermediate_size"]},
        ),
        Requirement("num_experts", text("several experts"), lambda c: c["num_experts"] > 1),
    ),
    sizes=moe.expert_size("intermediate_size"),
)

FAMILIES = (HUNYUAN_DENSE, HUNYUAN_MOE)
