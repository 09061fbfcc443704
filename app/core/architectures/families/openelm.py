"""OpenELM: every layer has its own number of heads and width; Q, K and V in one matrix, gate and up in another."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow
from app.core.architectures.decoder import vector
from app.core.architectures.ops import Change, Pick, Rows
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.text import text

LAYER = "transformer.layers.{}."
ROUNDED_DOWN = 0.9  # not by more than a tenth

# apple/OpenELM-270M configuration_openelm.py, OpenELMConfig; what it leaves to be computed, as in OpenELM-270M
DEFAULTS = {
    "max_context_length": 2048,
    "rope_freq_constant": 10000,
    "rms_norm_eps": 1e-6,  # the published implementation has it built in
}


def _width(config: Config, layer: int) -> int:
    """llama.cpp conversion/openelm.py, _make_divisible."""
    width, divisor = config["ffn_multipliers"][layer] * config["model_dim"], config["ffn_dim_divisor"]
    rounded = max(divisor, int(width + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < ROUNDED_DOWN * width else rounded)


def _widths(config: Config) -> list[int]:
    return [_width(config, layer) for layer in range(config["num_transformer_layers"])]


def _sizes(config: Config, layer: int) -> dict[str, int]:
    head, queries, kv_heads = config["head_dim"], config["num_query_heads"][layer], config["num_kv_heads"][layer]
    width = _width(config, layer)
    return {
        "hidden": config["model_dim"],
        "head": head,
        "q_dim": queries * head,
        "qkv": (queries + 2 * kv_heads) * head,
        "intermediate": width,
        "2*intermediate": 2 * width,
    }


def _half(name: str, number: int) -> TensorRule:
    def change(layer: Layer) -> Change:
        width = layer.sizes["intermediate"]
        return Change(Rows((Pick((width,), offset=number * width),), text("half of proj_1")))

    return TensorRule(
        LAYER + "ffn.proj_1.weight",
        ("2*intermediate", "hidden"),
        change,
        mapped=f"{LAYER}{name}.weight",
        gguf=f"blk.{{bid}}.{name}.weight",
        written=("intermediate", "hidden"),
    )


def _layers_fit(config: Config) -> bool:
    lists = (config["num_query_heads"], config["num_kv_heads"], config["ffn_multipliers"])
    return all(isinstance(one, list) and len(one) == config["num_transformer_layers"] for one in lists)


OPENELM = Architecture(
    name="OpenELM",
    model_types=("openelm",),
    gguf="openelm",
    head=Head.NEVER,
    head_source="llama.cpp src/models/openelm.cpp: output is the embedding",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/openelm.py: no lm_head when share_input_output_layers is set",
    ties_by_default=True,
    defaults=DEFAULTS,
    embedding="transformer.token_embeddings.weight",
    tensors=(
        TensorRule("transformer.token_embeddings.weight", ("vocabulary", "hidden")),
        vector("transformer.norm"),
        TensorRule("lm_head.weight", ("vocabulary", "hidden"), optional=True),
        vector(LAYER + "attn_norm"),
        vector(LAYER + "ffn_norm"),
        TensorRule(LAYER + "attn.qkv_proj.weight", ("qkv", "hidden")),
        TensorRule(LAYER + "attn.out_proj.weight", ("hidden", "q_dim")),
        vector(LAYER + "attn.q_norm", "head"),
        vector(LAYER + "attn.k_norm", "head"),
        _half("ffn_gate", 0),
        _half("ffn_up", 1),
        TensorRule(LAYER + "ffn.proj_2.weight", ("hidden", "intermediate")),
    ),
    metadata=(  # llama.cpp conversion/openelm.py, set_gguf_parameters
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_transformer_layers",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_context_length",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("model_dim",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=_widths),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_query_heads",), value=lambda c: list(c["num_query_heads"])),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, U32, ("num_kv_heads",), value=lambda c: list(c["num_kv_heads"])),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, ("rope_freq_constant",)),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, ("head_dim",)),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, ("head_dim",)),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, ("head_dim",)),
    ),
    requirements=(  # llama.cpp src/models/openelm.cpp
        one_of("activation_fn_name", "swish", "silu"),
        one_of("normalization_layer_name", "rms_norm"),
        one_of("normalize_qk_projections", True),
        one_of("ffn_with_glu", True),
        one_of("share_input_output_layers", True),
        rope_scaling(),
        Requirement("num_query_heads", text("one number for each layer, as of key heads and multipliers"), _layers_fit),
    ),
    sizes=_sizes,
)

FAMILIES = (OPENELM,)
