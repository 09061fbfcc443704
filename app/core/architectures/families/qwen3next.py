"""Qwen 3 Next: the Qwen 3.5 layers with experts, linear attention stored key head by key head.

llama.cpp wants Q, K and V of all heads in one matrix and the gate Z in another. conversion/qwen.py, Qwen3NextModel.
"""

from app.core.architectures.parts.linear_attention import AT, LINEAR, matrix_of
from app.core.architectures.vocabulary import *

HELD = ("q", "k", "v", "z")  # what in_proj_qkvz holds for each key head


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = linear_attention.sizes(config, layer)
    return {"qkvz": sizes["qkv"] + sizes["linear values"], "beta, alpha": 2 * sizes["value heads"]}


def _rows_of(names: str) -> ChangeFor:
    """The rows of some of the four, of all key heads."""

    def change(layer: Layer) -> Change:
        heads = layer.sizes["key heads"]
        key, value = layer.sizes["linear keys"] // heads, layer.sizes["linear values"] // heads
        starts = dict(zip(HELD, (0, key, 2 * key, 2 * key + value), strict=True))
        view = (heads, 2 * (key + value))
        parts = ((starts[name], starts[name] + (key if name in "qk" else value)) for name in names)
        rows = tuple(Pick(view, part=((0, heads), part)) for part in parts)
        return Change(Rows(rows, text("rows of the key heads sorted")))

    return change


def _part_of_qkvz(names: str, size: str, gguf: str) -> TensorRule:
    published, change, written = f"{AT}.in_proj_qkvz.weight", _rows_of(names), (size, "hidden")
    return tensor(published, gguf, "qkvz", "hidden", change=change, layers=LINEAR, written=written)


PROJECTIONS = Part(
    (
        _part_of_qkvz("qkv", "qkv", "attn_qkv.weight"),
        _part_of_qkvz("z", "linear values", "attn_gate.weight"),
        *matrix_of("in_proj_ba", "ssm_ba", "beta, alpha", "hidden"),
    ),
    sizes=_sizes,
)

QWEN3_NEXT = Architecture(
    name="Qwen 3 Next",
    model_types=("qwen3_next",),
    gguf="qwen3next",
    vocabularies={"qwen3_next": KnownVocabulary(pre_tokenizer="qwen2")},
    sources=("src/models/qwen3next.cpp", "conversion/qwen.py", "mlx_lm/models/qwen3_next.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),  # transformers Qwen3NextConfig
    # transformers models/qwen3_next/configuration_qwen3_next.py, Qwen3NextConfig
    defaults={"norm_topk_prob": True, "layer_types": linear_attention.layer_kinds},
    dropped={"mtp.": MTP_LEFT_OUT},
    parts=(
        *linear_attention.BLOCKS,
        PROJECTIONS,
        linear_attention.states(),
        linear_attention.FULL_ATTENTION,
        moe.router(),
        moe.experts(),
        moe.gated_shared_expert(),
        rope("linear", "yarn"),
    ),
    metadata=(moe.EXPERT_LENGTH, moe.SHARED_LENGTH, *linear_attention.METADATA),
    requirements=(
        SILU,
        CAUSAL,
        NO_OUTPUT_BIAS,
        one_of("norm_topk_prob", True),
        *moe.EVERY_LAYER,
        *linear_attention.REQUIREMENTS,
    ),
    marker="conv1d.weight",
)
