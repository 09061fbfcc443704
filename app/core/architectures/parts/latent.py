"""DeepSeek's latent attention: the keys and values of all heads come out of one short vector.

The matrix that makes them, kv_b_proj, has for each head the rows of its keys, then those of its values. GGUF holds the
two halves apart, that of the keys transposed.
"""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Form, Layer, Part, TensorRule
from app.core.architectures.config_rows import Config, u32
from app.core.architectures.layers import Layers, OnLayer, where
from app.core.architectures.ops import NOTHING, Change, Pick, Rows, Transpose
from app.core.architectures.parts.decoder import ATTENTION, matrix, tensor
from app.core.architectures.requirements import never
from app.core.text import text

# transformers models/deepseek_v3/configuration_deepseek_v3.py, DeepseekV3Config; V2 and Youtu have the same
DEFAULTS = {
    "kv_lora_rank": 512,
    "q_lora_rank": 1536,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "qk_nope_head_dim": 128,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
}
NO_BIAS = never("attention_bias", text("attention without biases"))

Q_RANK = u32(Keys.Attention.Q_LORA_RANK, "q_lora_rank")
KV_RANK = u32(Keys.Attention.KV_LORA_RANK, "kv_lora_rank")
ROTARY = u32(Keys.Rope.DIMENSION_COUNT, "qk_rope_head_dim")
KEY_LENGTH = u32(Keys.Attention.KEY_LENGTH, value=lambda c: c["kv_lora_rank"] + c["qk_rope_head_dim"])
VALUE_LENGTH = u32(Keys.Attention.VALUE_LENGTH, "kv_lora_rank")
KEY_LENGTH_OF_HEADS = u32(Keys.Attention.KEY_LENGTH_MLA, value=lambda c: c["qk_nope_head_dim"] + c["qk_rope_head_dim"])
VALUE_LENGTH_OF_HEADS = u32(Keys.Attention.VALUE_LENGTH_MLA, "v_head_dim")
# As llama.cpp's conversion/kimi_linear.py and bailingmoe3.py write them
ROWS = (KV_RANK, ROTARY, KEY_LENGTH, KEY_LENGTH_OF_HEADS, VALUE_LENGTH_OF_HEADS)

EVERY_LAYER = Layers(lambda *_: True)
RANKED = where("q_lora_rank")  # queries come out of a short vector, too
KV_B = ("heads*(nope+value)", "kv_rank")


def _sizes(config: Config, _layer: int) -> dict[str, int]:
    nope, rope, value = config["qk_nope_head_dim"], config["qk_rope_head_dim"], config["v_head_dim"]
    heads = config["num_attention_heads"]
    sizes = {
        "q_rank": config.get("q_lora_rank"),
        "kv_rank": config["kv_lora_rank"],
        "kv_rank+rope": config["kv_lora_rank"] + rope,
        "nope": nope,
        "value": value,
        "heads*(nope+rope)": heads * (nope + rope),
        "heads*(nope+value)": heads * (nope + value),
        "heads*value": heads * value,
    }
    return {name: size for name, size in sizes.items() if size}


def ranked_queries(at: str = ATTENTION, layers: OnLayer = RANKED) -> Part:
    """Queries of a low rank."""
    return Part(
        (
            *matrix(f"{at}.q_a_proj", "attn_q_a", "q_rank", "hidden", layers=layers),
            *matrix(f"{at}.q_a_layernorm", "attn_q_a_norm", "q_rank", layers=layers),
            *matrix(f"{at}.q_b_proj", "attn_q_b", "heads*(nope+rope)", "q_rank", layers=layers),
        )
    )


def whole_queries(at: str = ATTENTION, layers: OnLayer = RANKED.others) -> Part:
    """Queries of one matrix."""
    return Part(matrix(f"{at}.q_proj", "attn_q", "heads*(nope+rope)", "hidden", layers=layers))


def queries(at: str = ATTENTION, layers: Layers = EVERY_LAYER) -> Part:
    """Of a low rank, where config.json has one."""
    ranked = ranked_queries(at, layers & RANKED)
    return Part((*ranked.tensors, *whole_queries(at, layers & RANKED.others).tensors))


def latent(at: str = ATTENTION, layers: OnLayer = None) -> Part:
    """What makes the short vector; with the sizes of all of it."""
    rules = (
        *matrix(f"{at}.kv_a_proj_with_mqa", "attn_kv_a_mqa", "kv_rank+rope", "hidden", layers=layers),
        *matrix(f"{at}.kv_a_layernorm", "attn_kv_a_norm", "kv_rank", layers=layers),
    )
    return Part(rules, sizes=_sizes)


def output(name: str = ATTENTION + ".o_proj", layers: OnLayer = None) -> Part:
    """The last matrix of attention."""
    return Part(matrix(name, "attn_output", "hidden", "heads*value", layers=layers))


def kv_b(at: str = ATTENTION, layers: OnLayer = None) -> Part:
    """kv_b_proj as mlx-lm's models/deepseek_v2.py saves it: whole. Halves, as in the others' folders, are read too."""
    name = f"{at}.kv_b_proj.weight"
    keys, values = ("heads", "kv_rank", "nope"), ("heads", "value", "kv_rank")
    return Part(
        tuple(
            replace(
                tensor(name, gguf, *KV_B, change=change, layers=layers, written=half),
                also=(Form((f"{at}.{saved}.weight",), half),),
            )
            for gguf, saved, half, change in (
                ("attn_k_b.weight", "embed_q", keys, _keys),
                ("attn_v_b.weight", "unembed_out", values, _values),
            )
        )
    )


def split_kv_b(at: str = ATTENTION, layers: OnLayer = None) -> Part:
    """kv_b_proj as mlx-lm's models/deepseek_v3.py saves it since 0.30: its halves, as the file has them."""
    return Part(tuple(_saved(rule, *rule.also) for rule in kv_b(at, layers).tensors))


def _saved(rule: TensorRule, half: Form) -> TensorRule:
    return replace(rule, saved=half.names[0], remaining=NOTHING, also=())


def _keys(layer: Layer) -> Change:
    return Change(_half(layer, 0, layer.sizes["nope"]), Transpose(layer.sizes["nope"]))


def _values(layer: Layer) -> Change:
    return Change(_half(layer, layer.sizes["nope"], layer.sizes["nope"] + layer.sizes["value"]))


def _half(layer: Layer, first: int, last: int) -> Rows:
    heads, width = layer.sizes["heads"], layer.sizes["nope"] + layer.sizes["value"]
    return Rows((Pick((heads, width), part=((0, heads), (first, last))),), text("part of kv_b"))
