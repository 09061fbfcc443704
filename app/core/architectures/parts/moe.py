"""Mixtures of experts: a router, the experts' matrices, and those that all tokens share."""

from dataclasses import replace
from typing import Any

from gguf import Keys

from app.core.architectures.architecture import Form, Part, Sizes, TensorRule
from app.core.architectures.config_rows import Config, ConfigRow, constant, f32, flag, setting, u32
from app.core.architectures.decoder_metadata import GATING
from app.core.architectures.layers import OnLayer
from app.core.architectures.parts.decoder import MLP, AnyNames, mlp, tensor
from app.core.architectures.requirements import Requirement, has, never, one_of
from app.core.text import text

# Rows that most of them have. llama.cpp's converter writes each family's in an order of its own, so that the family
# lists them.
EXPERT_LENGTH = u32(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, "moe_intermediate_size")
INTERMEDIATE_LENGTH = u32(Keys.LLM.EXPERT_FEED_FORWARD_LENGTH, "intermediate_size")
SHARED_LENGTH = u32(Keys.LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH, "shared_expert_intermediate_size")
SHARED_COUNT = u32(Keys.LLM.EXPERT_SHARED_COUNT, "n_shared_experts")
SHARED_NUMBER = u32(Keys.LLM.EXPERT_SHARED_COUNT, "num_shared_experts")
FIRST_DENSE = u32(Keys.LLM.LEADING_DENSE_BLOCK_COUNT, "first_k_dense_replace")
SCALE = f32(Keys.LLM.EXPERT_WEIGHTS_SCALE, "routed_scaling_factor")
NORMALIZED = flag(Keys.LLM.EXPERT_WEIGHTS_NORM, "norm_topk_prob")
ALWAYS_SIGMOID = constant(Keys.LLM.EXPERT_GATING_FUNC, GATING["sigmoid"])

EVERY_LAYER = (  # llama.cpp's loader asks for experts in every layer of Qwen's graphs
    one_of("decoder_sparse_step", 1),
    never("mlp_only_layers", text("experts in every layer")),
)

HAS_EXPERTS = has("n_routed_experts", text("a mixture of experts"))
NORMALIZED_ONLY = Requirement(
    "norm_topk_prob", text("expert weights that are normalized"), lambda config: config["norm_topk_prob"] is True
)

BOTH = ("gate_proj", "up_proj")  # in the order in which one matrix may hold them
PROJECTIONS = (*BOTH, "down_proj")
W123 = ("w1", "w3", "w2")  # as Mixtral calls the same
CORRECTION = "gate.e_score_correction_bias"
IN_FILE = ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps")


def _shape(name: str) -> tuple[str, str]:
    """Of one expert's matrix, by its name in the file."""
    return ("hidden", "expert_intermediate") if "down" in name else ("expert_intermediate", "hidden")


def _at(at: str, name: AnyNames) -> AnyNames:
    """`at` before the published name and before the saved one."""
    return f"{at}.{name}" if isinstance(name, str) else (f"{at}.{name[0]}", f"{at}.{name[1]}")


def limits(key: str, name: str) -> ConfigRow:
    """What SwiGLU is cut at in each layer, zero for no limit: llama.cpp conversion/bailingmoe3.py, step3.py."""

    def found(config: Config) -> list[float] | None:
        given, count = setting(config, name), config["num_hidden_layers"]
        return None if given is None else [float(limit or 0) for limit in [*given, *[0.0] * count][:count]]

    return f32(key, name, value=found)


def numbers(
    *, width: int | None = None, used: int | None = None, groups: tuple[int, int] | None = None, **counts: int
) -> dict[str, Any]:
    """Those that most of them have, as defaults: `groups` and how many of them are used; `counts` by their settings."""
    found = {"moe_intermediate_size": width, "num_experts_per_tok": used, **counts}
    if groups is not None:
        found |= dict(zip(("n_group", "topk_group"), groups, strict=True))
    return {name: value for name, value in found.items() if value is not None}


def router(
    name: AnyNames = "gate",
    bias: AnyNames = "",
    at: str = MLP,
    layers: OnLayer = None,
    optional_bias: bool = False,
) -> Part:
    """What scores the experts, and the correction of its scores; of pairs the second name is what mlx-lm saves."""
    weight = f"{name}.weight" if isinstance(name, str) else (f"{name[0]}.weight", f"{name[1]}.weight")
    found = [tensor(_at(at, weight), "ffn_gate_inp.weight", "experts", "hidden", layers=layers)]
    if bias:
        found.append(tensor(_at(at, bias), "exp_probs_b.bias", "experts", layers=layers, optional=optional_bias))
    return Part(tuple(found))


def experts(
    at: str = MLP,
    names: tuple[str, str, str] = PROJECTIONS,
    saved: str = "switch_mlp",
    layers: OnLayer = None,
) -> Part:
    """The experts' matrices, one tensor for all of them in GGUF and mlx-lm, one each as published.

    `names` are those that gate_proj, up_proj and down_proj are published as.
    """
    return Part(
        tuple(
            replace(
                tensor(
                    (f"{at}.experts.{{}}.{name}.weight", f"{at}.{saved}.{stacked}.weight"),
                    f"{gguf}.weight",
                    "experts",
                    *_shape(gguf),
                    layers=layers,
                ),
                also=_further_forms(at, saved, stacked, gguf),
            )
            for name, stacked, gguf in zip(names, PROJECTIONS, IN_FILE, strict=True)
        )
    )


def _further_forms(at: str, saved: str, stacked: str, gguf: str) -> tuple[Form, ...]:
    """One each under mlx-lm's names, as models/mistral4.py and lfm2_moe.py read them; gate and up in one stack, as
    models/minimax_m3_vl.py does, and as mlx-vlm saves them.
    """
    shape = ("experts", *_shape(gguf))
    forms = [Form((f"{at}.experts.{{}}.{stacked}.weight",), shape)]
    if stacked in BOTH:
        share = BOTH.index(stacked), len(BOTH)
        forms.append(Form((f"{at}.{saved}.gate_up_proj.weight",), shape, share=share))
    return tuple(forms)


def packed_experts(
    at: str = MLP,
    saved: str = "switch_mlp",
    layers: OnLayer = None,
    names: tuple[str, str] = ("experts.gate_up_proj", "experts.down_proj"),
) -> Part:
    """Experts that are published in two tensors, gate and up in one; mlx-lm takes them apart when it saves."""
    both, down = names
    published = ((both, (0, 2)), (both, (1, 2)), (down, None))
    return Part(
        tuple(
            TensorRule(
                f"{at}.{name}",
                ("experts", *_shape(gguf)),
                saved=f"{at}.{saved}.{stacked}.weight",
                share=share,
                also=_further_forms(at, saved, stacked, gguf),
                gguf=f"{gguf}.weight",
                layers=layers,
            )
            for (name, share), stacked, gguf in zip(published, PROJECTIONS, IN_FILE, strict=True)
        )
    )


def stacked_experts(at: str, saved: str, layers: OnLayer = None) -> Part:
    """Experts that are published as mlx-lm saves them, one tensor for all, only at another place."""
    return Part(
        tuple(
            tensor(
                (f"{at}.{name}.weight", f"{saved}.{name}.weight"),
                f"{gguf}.weight",
                "experts",
                *_shape(gguf),
                layers=layers,
            )
            for name, gguf in zip(PROJECTIONS, IN_FILE, strict=True)
        )
    )


def shared_experts(
    at: str = MLP + ".shared_experts", layers: OnLayer = None, count: str = "", is_optional: bool = False
) -> Part:
    """The network that all tokens share; with `count` it is as wide as so many experts, or none where `is_optional`."""

    def width(config: Config, _: int) -> dict[str, int]:
        number = config.get(count) or 0 if is_optional else config[count]
        return {"shared_intermediate": number * config["moe_intermediate_size"]}

    return Part(mlp(at, "shared_intermediate", layers, suffix="_shexp").tensors, sizes=width if count else None)


def shared_gate(name: str = MLP + ".shared_expert_gate", layers: OnLayer = None) -> Part:
    """What says how much of the shared network there is: one row."""
    rule = tensor(f"{name}.weight", "ffn_gate_inp_shexp.weight", "one", "hidden", layers=layers)
    return Part((rule,), sizes=lambda *_: {"one": 1})


def gated_shared_expert() -> Part:
    """The network that all tokens share in Qwen's graphs, and its gate."""
    gate = shared_gate()
    return replace(gate, tensors=(*shared_experts(MLP + ".shared_expert").tensors, *gate.tensors))


def expert_size(name: str) -> Sizes:
    """Experts whose width is the setting `name`."""
    return lambda config, _: {"expert_intermediate": config[name]}
