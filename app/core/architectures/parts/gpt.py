"""Layers as GPT-2 has them: Q, K and V in one matrix, a feed-forward network without a gate, biases everywhere."""

from collections.abc import Mapping
from dataclasses import replace

from app.core.architectures.architecture import AnyChange, Part, TensorRule
from app.core.architectures.config_rows import Config, setting
from app.core.architectures.ops import NOTHING
from app.core.architectures.parts import decoder
from app.core.architectures.parts.decoder import matrix, tensor
from app.core.architectures.requirements import Requirement, never, one_of
from app.core.text import text

WIDER = 4  # llama.cpp conversion/gpt2.py, starcoder.py and phi.py: feed_forward_length is four times the width
# llama.cpp computes all of them with tanh, which is off by less than 0.0005 for the first
GELU = ("gelu", "gelu_pytorch_tanh", "gelu_new", "gelu_fast")

# Two norms; attention: Q, K and V, output; feed-forward network: up, down
GPT2_NAMES = ("ln_1", "ln_2", "attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
NEOX_NAMES = (
    "input_layernorm",
    "post_attention_layernorm",
    "attention.query_key_value",
    "attention.dense",
    "mlp.dense_h_to_4h",
    "mlp.dense_4h_to_h",
)

# For models with the ends of most decoders otherwise: after the head in the file
LAST_NORM_BIAS = tensor("model.norm.bias", "output_norm.bias", "hidden")


def layers(at: str, names: tuple[str, ...] = GPT2_NAMES, qkv_change: AnyChange = NOTHING) -> Part:
    """All of a layer; `at` ends with a dot, `names` are in the order of GPT2_NAMES."""
    first_norm, second_norm, qkv, output, up, down = (f"{at}{name}" for name in names)
    return Part(
        (
            *matrix(first_norm, "attn_norm", "hidden", bias=True),
            *matrix(second_norm, "ffn_norm", "hidden", bias=True),
            *matrix(qkv, "attn_qkv", "qkv", "hidden", bias=True, change=qkv_change),
            *matrix(output, "attn_output", "hidden", "hidden", bias=True),
            *matrix(up, "ffn_up", "intermediate", "hidden", bias=True),
            *matrix(down, "ffn_down", "hidden", "intermediate", bias=True),
        )
    )


def ends(at: str = "") -> Part:
    """Embedding, table of positions, last norm, head."""
    embedding, *others = decoder.ends(embedding=f"{at}wte", norm=f"{at}ln_f", norm_bias=True).tensors
    positions = tensor(f"{at}wpe.weight", "position_embd.weight", "positions", "hidden")
    return Part((embedding, positions, *others), requirements=LIKE_GPT2, sizes=_sizes)


def _sizes(config: Config, _: int) -> dict[str, int]:
    hidden = config["n_embd"]
    return {
        "hidden": hidden,
        "head": hidden // config["n_head"],
        "qkv": 3 * hidden,
        "intermediate": WIDER * hidden,
        "positions": config["n_positions"],
    }


LIKE_GPT2 = (
    one_of("scale_attn_weights", True),
    never("add_cross_attention", text("attention to the text itself")),
    Requirement(
        "n_inner",
        text("feed-forward networks of 4 × n_embd"),
        lambda config: setting(config, "n_inner") in (None, WIDER * config["n_embd"]),
    ),
)


def saved_as(part: Part, beginnings: Mapping[str, str]) -> Part:
    """For names that mlx-lm saves with another of `beginnings`; the first that fits counts."""
    return replace(part, tensors=tuple(_saved(rule, beginnings) for rule in part.tensors))


def _saved(rule: TensorRule, beginnings: Mapping[str, str]) -> TensorRule:
    published = next(one for one in beginnings if rule.name.startswith(one))
    return replace(rule, saved=beginnings[published] + rule.name.removeprefix(published))
