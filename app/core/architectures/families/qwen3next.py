"""Qwen 3 Next: the Qwen 3.5 layers with experts, linear attention stored key head by key head.

llama.cpp wants Q, K and V of all heads in one matrix and the gate Z in another. conversion/qwen.py, Qwen3NextModel.
"""

from app.core.architectures.architecture import Architecture, ChangeFor, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import Config
from app.core.architectures.decoder import vector
from app.core.architectures.families.qwen2 import ACTIVATION, CAUSAL, SCALING
from app.core.architectures.families.qwen2moe import EVERY_LAYER, EXPERT_METADATA, SHARED_EXPERTS
from app.core.architectures.families.qwen35 import (
    AT,
    ENDS,
    FULL_ATTENTION,
    LAYER_TYPES,
    LINEAR_METADATA,
    NORMS,
    STATES,
    is_linear,
    layer_kinds,
    linear_sizes,
)
from app.core.architectures.further_tokens import MTP_LEFT_OUT
from app.core.architectures.ops import Change, NegativeExp, Pick, Rows, on_values
from app.core.architectures.requirements import NO_OUTPUT_BIAS, one_of
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

# transformers models/qwen3_next/configuration_qwen3_next.py, Qwen3NextConfig
DEFAULTS = {"norm_topk_prob": True, "layer_types": layer_kinds}
NORMALIZED = one_of("norm_topk_prob", True)
PARTS = ("q", "k", "v", "z")  # what in_proj_qkvz holds for each key head


def expert_sizes(config: Config, layer: int) -> dict[str, int]:
    """Sizes of linear attention, and the one row of the shared expert's gate."""
    sizes = linear_sizes(config, layer)
    both = sizes["linear values"] + sizes["qkv"]
    return {**sizes, "qkvz": both, "beta, alpha": 2 * sizes["value heads"], "one": 1}


def _parts(*names: str) -> ChangeFor:
    """The rows of some of the four parts, of all key heads."""

    def change(layer: Layer) -> Change:
        heads = layer.sizes["key heads"]
        key, value = layer.sizes["linear keys"] // heads, layer.sizes["linear values"] // heads
        starts = dict(zip(PARTS, (0, key, 2 * key, 2 * key + value), strict=True))
        view = (heads, 2 * (key + value))
        parts = ((starts[name], starts[name] + (key if name in "qk" else value)) for name in names)
        rows = tuple(Pick(view, part=((0, heads), part)) for part in parts)
        return Change(Rows(rows, text("rows of the key heads sorted")))

    return change


def _part_of_qkvz(change: ChangeFor, size: str, mapped: str) -> TensorRule:
    return TensorRule(
        f"{AT}.in_proj_qkvz.weight",
        ("qkvz", "hidden"),
        change,
        written=(size, "hidden"),
        mapped=f"{AT}.{mapped}.weight",
        layers=is_linear,
    )


LINEAR_ATTENTION = (
    _part_of_qkvz(_parts("q", "k", "v"), "qkv", "in_proj_qkv"),
    _part_of_qkvz(_parts("z"), "linear values", "in_proj_z"),
    TensorRule(f"{AT}.in_proj_ba.weight", ("beta, alpha", "hidden"), layers=is_linear),
    TensorRule(f"{AT}.conv1d.weight", ("qkv", "kernel"), layers=is_linear),
    TensorRule(f"{AT}.out_proj.weight", ("hidden", "linear values"), layers=is_linear),
    vector(f"{AT}.norm", "value head", layers=is_linear),
    TensorRule(f"{AT}.A_log", ("value heads",), on_values(NegativeExp()), layers=is_linear),
    TensorRule(f"{AT}.dt_bias", ("value heads",), mapped=f"{AT}.dt_proj.bias", layers=is_linear),
)

QWEN3_NEXT = Architecture(
    name="Qwen 3 Next",
    model_types=("qwen3_next",),
    gguf="qwen3next",
    vocabularies={"qwen3_next": KnownVocabulary(pre_tokenizer="qwen2")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/qwen3next.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/qwen3_next.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=False,  # transformers Qwen3NextConfig
    defaults=DEFAULTS,
    dropped={"mtp.": MTP_LEFT_OUT, "model.mtp.": MTP_LEFT_OUT},
    tensors=(*ENDS, *NORMS, *LINEAR_ATTENTION, *FULL_ATTENTION, *SHARED_EXPERTS),
    metadata=(*EXPERT_METADATA, *LINEAR_METADATA),
    requirements=(ACTIVATION, CAUSAL, SCALING, NO_OUTPUT_BIAS, NORMALIZED, *EVERY_LAYER, LAYER_TYPES, STATES),
    sizes=expert_sizes,
    marker="conv1d.weight",
)

FAMILIES = (QWEN3_NEXT,)
