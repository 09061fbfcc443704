"""MiniCPM: scales for embedding, residuals and logits. MiniCPM 3 has latent attention; llama.cpp fixes its scales."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_size,
    mlp,
    rotary_rows,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA, unusual_rope_base
from app.core.architectures.families.deepseek2 import ATTENTION, WHOLE, latent_sizes
from app.core.architectures.families.llama import NORMS
from app.core.architectures.requirements import Requirement, as_it_stands, never, one_of, rope_scaling
from app.core.text import text


def _fills_hidden(name: str) -> Requirement:
    """A size of heads that llama.cpp computes itself."""

    def fits(config: Config) -> bool:
        return config.get(name) in (None, config["hidden_size"] // config["num_attention_heads"])

    return Requirement(name, text("heads that fill hidden_size"), fits)


WEIGHTS = without_biases((*attention(rotary_rows("heads"), rotary_rows("kv_heads")), *mlp()))


def _factors_fit(config: Config) -> bool:
    counts = {len(setting(config["rope_scaling"], f"{name}_factor") or ()) for name in ("long", "short")}
    return counts == {(setting(config, "qk_rope_head_dim") or head_size(config)) // 2}


def _context_fits(config: Config) -> bool:
    """mlx-lm models/rope_utils.py, SuScaledRoPE, sharpens attention beyond it; the file has no key for that."""
    original = setting(config["rope_scaling"], "original_max_position_embeddings")
    return original is not None and config["max_position_embeddings"] <= original


LONG_ROPE = ("longrope", "su")


def _is_long(config: Config) -> bool:
    return config["rope_scaling"].get("rope_type") in LONG_ROPE


def _factors(name: str) -> ComputedTensor:
    """llama.cpp refuses factors that its rope does not take."""
    return ComputedTensor(
        f"rope_factors_{name}.weight",
        lambda c: tuple(setting(c["rope_scaling"], f"{name}_factor") or ()) if _is_long(c) else (),
    )


FACTORS = (_factors("long"), _factors("short"))


MINICPM = Architecture(
    name="MiniCPM",
    model_types=("minicpm",),
    gguf="minicpm",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/minicpm.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.PRESENCE,  # a folder whose config.json ties does not load
    mlx_head_source="mlx-lm models/minicpm.py: sanitize() adds lm_head.weight as a copy where there is none",
    ties_by_default=True,  # the published configuration_minicpm.py
    defaults={"num_key_value_heads": lambda config: config["num_attention_heads"]},
    tensors=(*embedding_norm_head(), *NORMS, *WEIGHTS),
    computed=FACTORS,
    metadata=(  # llama.cpp conversion/minicpm.py, MiniCPMModel
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.EMBEDDING_SCALE, F32, ("scale_emb",)),
        ConfigRow(
            Keys.LLM.RESIDUAL_SCALE,
            F32,
            ("scale_depth",),
            value=lambda c: c["scale_depth"] / c["num_hidden_layers"] ** 0.5,
        ),
        ConfigRow(
            Keys.LLM.LOGIT_SCALE, F32, ("dim_model_base",), value=lambda c: c["hidden_size"] / c["dim_model_base"]
        ),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("linear", *LONG_ROPE),
        Requirement(
            "rope_scaling",
            text("long and short factors for each pair that is rotated"),
            lambda c: not _is_long(c) or _factors_fit(c),
        ),
        Requirement(
            "max_position_embeddings",
            text("the context that the model was made with"),
            lambda c: not _is_long(c) or _context_fits(c),
        ),
        _fills_hidden("head_dim"),
        never("num_experts", text("MiniCPM without experts")),
        Requirement(
            "rope_theta", as_it_stands("10000"), lambda c: setting(c, "rope_theta") is not None, is_assumed=True
        ),
    ),
    sizes=decoder_sizes,
)


MINICPM3 = Architecture(
    name="MiniCPM 3",
    model_types=("minicpm3",),
    gguf="minicpm3",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/minicpm3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/minicpm3.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,
    # transformers models/minicpm3/configuration_minicpm3.py, MiniCPM3Config
    defaults={
        "v_head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
    },
    tensors=(
        *embedding_norm_head(),
        *NORMS,
        *ATTENTION,
        TensorRule(LAYER + "self_attn.kv_b_proj.weight", WHOLE),
        *without_biases(mlp()),
    ),
    computed=FACTORS,
    metadata=(  # llama.cpp conversion/minicpm.py, MiniCPM3Model
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_key_value_heads",)),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Attention.Q_LORA_RANK, U32, ("q_lora_rank",)),
        ConfigRow(Keys.Attention.KV_LORA_RANK, U32, ("kv_lora_rank",)),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"]),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("qk_rope_head_dim",)),
        unusual_rope_base(),
    ),
    requirements=(  # llama.cpp src/models/minicpm3.cpp: these are constants of the graph
        one_of("scale_emb", 12),
        one_of("scale_depth", 1.4),
        one_of("dim_model_base", 256),
        one_of("hidden_act", "silu"),
        never("attention_bias", text("attention without biases")),
        _fills_hidden("v_head_dim"),
        Requirement("q_lora_rank", text("a rank of the queries"), lambda c: bool(setting(c, "q_lora_rank"))),
        Requirement(
            "num_key_value_heads",
            text("as many KV heads as query heads"),
            lambda c: c["num_key_value_heads"] == c["num_attention_heads"],
        ),
        rope_scaling(*LONG_ROPE),
        Requirement(
            "rope_scaling", text("long and short factors for each pair that is rotated"), _factors_fit, by="mlx-lm"
        ),
        Requirement("max_position_embeddings", text("the context that the model was made with"), _context_fits),
        Requirement(
            "rope_theta", as_it_stands("10000"), lambda c: setting(c, "rope_theta") is not None, is_assumed=True
        ),
    ),
    sizes=latent_sizes,
)

FAMILIES = (MINICPM, MINICPM3)
