"""PLaMo 3: norms before and after each part, stored less what they lie around; windows in seven of eight layers."""

from collections.abc import Callable
from typing import Any

from gguf import GGUFValueType, Keys, RopeScalingType

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, STRING, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import decoder_sizes, embedding_norm_head, head_norms, vector
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import AddConstant, on_values
from app.core.architectures.requirements import Requirement, as_it_stands, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

LAYER = "model.layers.layers.{}."
ONE = on_values(AddConstant(1.0))  # llama.cpp conversion/plamo.py, Plamo3Model; mlx-lm adds them when it computes
AFTER_ATTENTION = on_values(AddConstant(1.0 / 5))
AFTER_FORWARD = on_values(AddConstant(1.0 / 5**1.5))
YARN_BETAS = (32.0, 1.0)  # same file
# llama.cpp conversion/base.py, _set_vocab_plamo, has it as an id
VOCABULARY = KnownVocabulary(roles={"eot": "<|plamo:op|>"})

# mlx-lm models/plamo3.py, ModelArgs
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 13312,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "max_position_embeddings": 2048,
    "window_size": 2048,
    "sliding_window_pattern": 8,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1000000.0,
    "rope_local_theta": 10000.0,
}


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes(config, layer)
    return {**sizes, "qkv": sizes["q_dim"] + 2 * sizes["kv_dim"], "2*intermediate": 2 * sizes["intermediate"]}


def _is_stretched(config: Config) -> bool:
    return (setting(config, "rope_scaling_factor") or 1) != 1 and "rope_type" not in config["rope_scaling"]


def _if_stretched(key: str, kind: GGUFValueType, value: Callable[[Config], Any]) -> ConfigRow:
    """Of the rope scaling that config.json has in keys of its own."""
    return ConfigRow(key, kind, value=lambda c: value(c) if _is_stretched(c) else None)


ROPE = Keys.Rope
PLAMO3 = Architecture(
    name="PLaMo 3",
    model_types=("plamo3",),
    gguf="plamo3",
    vocabularies={"plamo3": VOCABULARY},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/plamo3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/plamo3.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(ONE),
        vector(LAYER + "pre_mixer_norm", change=ONE),
        TensorRule(LAYER + "mixer.qkv_proj.weight", ("qkv", "hidden")),
        *head_norms(ONE, LAYER + "mixer"),
        TensorRule(LAYER + "mixer.o_proj.weight", ("hidden", "q_dim")),
        vector(LAYER + "post_mixer_norm", change=AFTER_ATTENTION),
        vector(LAYER + "pre_mlp_norm", change=ONE),
        TensorRule(LAYER + "mlp.gate_up_proj.weight", ("2*intermediate", "hidden")),
        TensorRule(LAYER + "mlp.down_proj.weight", ("hidden", "intermediate")),
        vector(LAYER + "post_mlp_norm", change=AFTER_FORWARD),
    ),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("window_size", "sliding_window")),
        ConfigRow(Keys.Attention.SLIDING_WINDOW_PATTERN, U32, ("sliding_window_pattern",)),
        _if_stretched(ROPE.SCALING_TYPE, STRING, lambda _: RopeScalingType.YARN.value),
        _if_stretched(ROPE.SCALING_FACTOR, F32, lambda c: float(c["rope_scaling_factor"])),
        _if_stretched(ROPE.SCALING_ORIG_CTX_LEN, U32, lambda c: c["initial_context_length"]),
        _if_stretched(ROPE.SCALING_YARN_BETA_FAST, F32, lambda _: YARN_BETAS[0]),
        _if_stretched(ROPE.SCALING_YARN_BETA_SLOW, F32, lambda _: YARN_BETAS[1]),
    ),
    requirements=(  # llama.cpp src/models/plamo3.cpp
        one_of("hidden_act", "silu"),
        one_of("linear_type", "normal"),
        rope_scaling(by="mlx-lm"),
        Requirement(
            "sliding_window_pattern", text("windows in some layers"), lambda c: c["sliding_window_pattern"] > 1
        ),
        # mlx-lm models/plamo3.py prefers this one, llama.cpp conversion/plamo.py the other
        Requirement(
            "sliding_window",
            as_it_stands("window_size"),
            lambda c: setting(c, "sliding_window") in (None, c["window_size"]),
        ),
    ),
    sizes=_sizes,
)

FAMILIES = (PLAMO3,)
