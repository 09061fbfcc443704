"""Kimi's delta attention (KDA): linear attention with a short convolution for each of Q, K and V."""

from collections.abc import Mapping

from gguf import Keys

from app.core.architectures.architecture import Part, TensorRule
from app.core.architectures.config_rows import Config, ConfigRow, u32
from app.core.architectures.layers import Layers
from app.core.architectures.ops import NegativeExp, Scale, on_values
from app.core.architectures.parts.decoder import matrix, tensor

CONVOLUTION = ("one", "inner", "one", "kernel")  # llama.cpp conversion/kimi_linear.py, modify_tensors


def delta_attention(at: str, layers: Layers, saved: str = "") -> Part:
    """What all kinds of it have; `saved` ends the name that mlx-lm saves a convolution under, where it is another."""
    return Part(
        (
            *(
                rule
                for letter in "qkv"
                for rule in matrix(f"{at}.{letter}_proj", f"attn_{letter}", "inner", "hidden", layers=layers)
            ),
            *matrix(f"{at}.b_proj", "ssm_beta", "heads", "hidden", layers=layers),
            tensor(f"{at}.dt_bias", "ssm_dt.bias", "inner", layers=layers),
            *matrix(f"{at}.o_norm", "ssm_norm", "linear head", layers=layers),
            *matrix(f"{at}.o_proj", "attn_output", "hidden", "inner", layers=layers),
            *(_convolution(at, letter, layers, saved) for letter in "qkv"),
        )
    )


def _convolution(at: str, letter: str, layers: Layers, saved: str) -> TensorRule:
    published = f"{at}.{letter}_conv1d.weight"
    return tensor(
        (published, f"{at}.{letter}{saved}" if saved else ""),
        f"ssm_conv1d_{letter}.weight",
        "inner",
        "kernel",
        layers=layers,
        written=CONVOLUTION,
    )


def low_rank_gates(at: str, layers: Layers) -> Part:
    """The two gates of Kimi Linear, and the decay."""
    shape = ("one", "one", "heads", "one")
    return Part(
        (
            *matrix(f"{at}.f_a_proj", "ssm_f_a", "linear head", "hidden", layers=layers),
            *matrix(f"{at}.f_b_proj", "ssm_f_b", "inner", "linear head", layers=layers),
            *matrix(f"{at}.g_a_proj", "ssm_g_a", "linear head", "hidden", layers=layers),
            *matrix(f"{at}.g_b_proj", "ssm_g_b", "inner", "linear head", layers=layers),
            tensor(f"{at}.A_log", "ssm_a", "heads", change=on_values(NegativeExp()), layers=layers, written=shape),
        )
    )


def bounded_gates(at: str, layers: Layers) -> Part:
    """Those of Ling 3, which are one matrix each, and the decay, without its sign."""
    decay = on_values(NegativeExp(), Scale(-1.0))
    return Part(
        (
            *matrix(f"{at}.f_proj", "ssm_f_a", "inner", "hidden", layers=layers),
            *matrix(f"{at}.g_proj", "ssm_g_a", "inner", "hidden", layers=layers),
            tensor(f"{at}.A_log", "ssm_a", "heads", change=decay, layers=layers, written=("heads", "one")),
        )
    )


def delta_sizes(config: Config, head: int, kernel: int) -> Mapping[str, int]:
    """The lengths that its shapes are made of."""
    return {"linear head": head, "inner": config["num_attention_heads"] * head, "kernel": kernel, "one": 1}


def groups(full: Layers) -> ConfigRow:
    """Latent attention, in the `full` layers, has one group of keys, linear attention none."""
    return u32(Keys.Attention.HEAD_COUNT_KV, value=lambda c: [int(is_full) for is_full in full.flags(c)])
