"""What is varied, and how: every knob changes a variation where its model has such a setting."""

import random
from collections.abc import Callable
from typing import Any

from tests.golden.family_models import FamilyModel
from tests.golden.variations import SILENT, Variation, changed, text_of

Random = random.Random
Knob = Callable[[Random, dict[str, Any], Variation], None]
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_transformer_layers")
HEADS: tuple[str, ...] = ("num_attention_heads", "n_head", "n_heads")
GROUPS: tuple[str, ...] = ("num_key_value_heads", "num_attention_groups")
HEAD_SIZES: tuple[str, ...] = (
    "head_dim",
    "qk_nope_head_dim",
    "qk_rope_head_dim",
    "v_head_dim",
    "kv_channels",
    "attention_head_dim",
)
HEAD_SIZES += ("global_head_dim", "swa_head_dim", "linear_key_head_dim", "linear_value_head_dim", "mamba_d_head")
SIZES: tuple[str, ...] = (
    "intermediate_size",
    "moe_intermediate_size",
    "shared_expert_intermediate_size",
    "n_inner",
    "kv_lora_rank",
)
SIZES += ("shared_intermediate_size", "hidden_size", "q_lora_rank", "dense_intermediate_size", "state_size")
SIZES += ("moe_shared_expert_intermediate_size", "mamba_d_state", "ssm_state_size", "intermediate_size_mlp")
EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
USED = ("num_experts_per_tok", "top_k_experts", "moe_topk", "moe_k", "moe_top_k", "num_experts_per_token")
SHARED = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert")
DENSE = ("first_k_dense_replace", "num_dense_layers", "decoder_sparse_step", "moe_layer_freq", "n_group", "topk_group")
WINDOWS = ("sliding_window", "sliding_window_size", "sliding_window_pattern", "max_window_layers")
ROTARY = ("partial_rotary_factor", "rotary_pct")
THETAS = ("rope_theta", "rope_local_base_freq", "rotary_emb_base", "swa_rope_theta")
DTYPES = ("BF16", "F16", "F32")
# What says nothing about the model, or is turned by a knob of its own
LEFT_ALONE: tuple[str, ...] = (
    "architectures",
    "model_type",
    "vocab_size",
    "text_config",
    "dtype",
    "torch_dtype",
    "quantization_config",
)
LEFT_ALONE += ("vocab_size_per_layer_input", "auto_map", "use_cache", "transformers_version")


def draw(base: str, seed: int) -> Variation:
    """One to four knobs turned. The same for the same seed."""
    random_ = random.Random(f"{base} {seed}")
    variation = Variation(base, kind=random_.choice(("f32", "f32", "f32", "f16", "bf16", "q8_0")))
    knobs = random_.choices(list(KNOBS), weights=list(KNOBS.values()), k=random_.randint(1, 4))
    for knob in knobs:
        knob(random_, text_of(changed(FamilyModel(base).config, variation.settings)), variation)
    return variation


def _pick(random_: Random, text: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return random_.choice(found) if (found := [name for name in names if text.get(name) is not None]) else None


def ties(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    base = FamilyModel(variation.base).config
    tied = base.get("tie_word_embeddings", text.get("tie_word_embeddings"))
    variation.settings["tie_word_embeddings"] = now = not tied if tied is not None else random_.random() < 0.5
    if random_.random() < 0.85:
        variation.head = not now


def heads(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    count_name, groups_name = _pick(random_, text, HEADS), _pick(random_, text, GROUPS)
    if count_name is None:
        return
    hidden = text.get("hidden_size", text.get("n_embd", text.get("d_model", 0)))
    counts = [n for n in (1, 2, 3, 4, 5, 6, 8) if text.get("head_dim") or (hidden % n == 0 and hidden // n % 2 == 0)]
    variation.settings[count_name] = count = random_.choice(counts or [text[count_name]])
    if groups_name:
        variation.settings[groups_name] = random_.choice([n for n in range(1, count + 1) if count % n == 0])


def head_sizes(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    if name := _pick(random_, text, HEAD_SIZES):
        variation.settings[name] = random_.choice((8, 16, 24, 32, 40, 64, 80, 128))
    elif "head_dim" in text:
        variation.settings["head_dim"] = random_.choice((16, 32, 48))


def sizes(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    if name := _pick(random_, text, SIZES):
        variation.settings[name] = random_.choice((32, 48, 64, 96, 128, 160, 192, 256))


def layers(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    name = _pick(random_, text, LAYERS)
    if name is None:
        return
    old, new = text[name], random_.randint(1, 9)
    variation.settings[name] = new
    for key, value in text.items():
        if isinstance(value, list) and len(value) == old and old > 1:
            variation.settings[key] = [value[i % old] for i in range(new)]


def layer_pattern(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    name = _pick(random_, text, LAYERS)
    lists = [k for k, v in text.items() if isinstance(v, list) and name and len(v) == text[name] > 1]
    for key in lists[:]:
        if random_.random() < 0.6:
            variation.settings[key] = [random_.choice(text[key]) for _ in text[key]]


def windows(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    names = [name for name in WINDOWS if name in text]
    if names:
        variation.settings[random_.choice(names)] = random_.choice((None, 1, 2, 3, 8, 64, 512, 4096))
    if "use_sliding_window" in text and random_.random() < 0.5:
        variation.settings["use_sliding_window"] = not text["use_sliding_window"]


def scaling(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    own = text.get("rope_parameters")
    kind = random_.choice(("none", "linear", "yarn", "yarn", "llama3", "longrope", "dynamic", "default", "su", "ntk"))
    made = _scaling(random_, kind, text)
    if isinstance(own, dict) and not any(isinstance(value, dict) for value in own.values()):
        kept = {key: own[key] for key in ("rope_theta", "partial_rotary_factor") if key in own}
        variation.settings["rope_parameters"] = {**kept, **(made or {"rope_type": "default"})}
    elif isinstance(own, dict):
        part = random_.choice(list(own))
        variation.settings["rope_parameters"] = {**own, part: {**own[part], **(made or {"rope_type": "default"})}}
    else:
        if made and random_.random() < 0.3:
            made["type"] = made.pop("rope_type")
        variation.settings["rope_scaling"] = made


def _scaling(random_: Random, kind: str, text: dict[str, Any]) -> dict[str, Any] | None:
    factor = random_.choice((2.0, 4, 8.0, 1.5, 32.0))
    context = text.get("max_position_embeddings") or 4096
    original = random_.choice((context // 2, context, 1024))
    found: dict[str, Any] = {"rope_type": kind, "factor": factor}
    if kind in ("none", "default"):
        return None if kind == "none" else {"rope_type": "default"}
    if kind in ("yarn", "llama3", "longrope", "su") and random_.random() < 0.8:
        found["original_max_position_embeddings"] = original
    if kind == "llama3":
        found |= {"low_freq_factor": random_.choice((1.0, 2.0)), "high_freq_factor": random_.choice((4.0, 8.0))}
    if kind == "yarn":
        optional = {"beta_fast": 32.0, "beta_slow": 1.0, "attention_factor": 1.2, "mscale": 1.0, "mscale_all_dim": 0.7}
        optional |= {"truncate": False, "extrapolation_factor": 1.0, "attn_factor": 1.1, "beta_fast ": 16}
        found |= {key.strip(): value for key, value in optional.items() if random_.random() < 0.35}
    if kind in ("longrope", "su"):
        hidden, count = text.get("hidden_size", 128), text.get("num_attention_heads", 4)
        rotary = int((text.get("head_dim") or hidden // count) * (text.get("partial_rotary_factor") or 1.0))
        found |= {name: [1 + i / 8 for i in range(rotary // 2)] for name in ("short_factor", "long_factor")}
        if random_.random() < 0.5:
            del found["factor"]
    return found


def rope(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    own = text.get("rope_parameters")
    if isinstance(own, dict) and "rope_theta" in own:
        variation.settings["rope_parameters"] = {**own, "rope_theta": random_.choice((5e5, 1e6, 12345.0, 10000))}
    elif name := _pick(random_, text, THETAS):
        variation.settings[name] = random_.choice((5e5, 1000000, 12345.5, SILENT))
    if (name := _pick(random_, text, ROTARY)) and random_.random() < 0.7:
        variation.settings[name] = random_.choice((0.25, 0.5, 0.75, 1.0))


def experts(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    name = _pick(random_, text, EXPERTS)
    if name is None:
        return
    count = random_.choice((1, 2, 3, 5, 6, 7, 8))
    variation.settings |= {other: count for other in EXPERTS if text.get(other) is not None}
    if used := _pick(random_, text, USED):
        variation.settings[used] = random_.randint(1, count)
    for names, values in ((SHARED, (0, 1, 2, 3, None)), (DENSE, (0, 1, 2, 3))):
        if (other := _pick(random_, text, names)) and random_.random() < 0.4:
            variation.settings[other] = random_.choice(values)


def vocabulary(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    variation.rows = random_.choice((-96, -1, 1, 32, 100, 128))


def biases(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    names = [name for name, value in text.items() if "bias" in name and isinstance(value, bool)]
    if names:
        name = random_.choice(names)
        variation.settings[name] = not text[name]
    patterns = [r"[qkv]_proj|qkv|query_key", r"attn|attention", r"mlp|feed_forward|experts", r".", r"norm", r"o_proj"]
    if not names or random_.random() < 0.8:
        variation.biases = random_.choice(patterns)


def strange_biases(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    for name in ("attention_bias", "mlp_bias", "use_bias", "qkv_bias", "use_qkv_bias"):
        if isinstance(text.get(name), bool) and random_.random() < 0.7:
            variation.settings[name] = True
    part = random_.choice((r"[qkv]_proj", r"q_proj|k_proj|v_proj|o_proj", r"gate_proj|up_proj|down_proj", r"o_proj"))
    variation.strange = rf"\.({part})\.bias$"


def dtype(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    variation.dtype = random_.choice(DTYPES)


def shards(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    variation.shards = random_.choice((2, 3, 5))


def any_setting(random_: Random, text: dict[str, Any], variation: Variation) -> None:
    """Any other one, turned round or left out."""
    names = sorted(name for name in text if name not in LEFT_ALONE)
    name = random_.choice(names)
    if random_.random() < 0.35:
        variation.settings[name] = SILENT
        return
    value = text[name]
    choices: tuple[Any, ...] = (None,)
    if isinstance(value, bool):
        choices = (not value,)
    elif isinstance(value, int):
        choices = (value + 1, max(value - 1, 0), value * 2, value)
    elif isinstance(value, float):
        choices = (value / 2, value * 2, int(value), 1.0)
    elif isinstance(value, str):
        choices = ("gelu", "silu", "relu", "gelu_pytorch_tanh", "swiglu") if "act" in name else (value, "other")
    elif value is None:
        choices = (1, 1.0, True, 0)
    variation.settings[name] = random_.choice(choices)


KNOBS: dict[Knob, int] = {
    ties: 10, heads: 10, head_sizes: 8, sizes: 10, layers: 8, layer_pattern: 5, windows: 5, scaling: 12, rope: 5,
    experts: 10, vocabulary: 8, biases: 10, strange_biases: 3, dtype: 8, shards: 5, any_setting: 24,
}  # fmt: skip
