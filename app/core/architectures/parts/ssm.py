"""State-space layers: Mamba, and Mamba 2, whose inner values have heads, and whose states have groups."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gguf import Keys

from app.core.architectures.architecture import Part, TensorRule
from app.core.architectures.config_rows import Config, ConfigRow, constant, u32
from app.core.architectures.layers import OnLayer
from app.core.architectures.ops import NegativeExp, on_values
from app.core.architectures.parts.decoder import LAYER, matrix, tensor
from app.core.architectures.requirements import UNLIMITED_TIME_STEPS, one_of

AT = LAYER + "mamba"
LONGEST = 1 << 20  # llama.cpp conversion/granite.py and mamba.py: without positions there is no limit
CONTEXT = constant(Keys.LLM.CONTEXT_LENGTH, LONGEST)
DECAY = on_values(NegativeExp())
RANK_SHARE = 16  # transformers' JambaConfig and MambaConfig: the rank "auto"

# Rows that several of them have. llama.cpp's converter writes each family's in an order of its own, so that the family
# lists them.
KERNEL = u32(Keys.SSM.CONV_KERNEL, "mamba_d_conv")
STATE = u32(Keys.SSM.STATE_SIZE, "mamba_d_state")
GROUPS = u32(Keys.SSM.GROUP_COUNT, "mamba_n_groups")
HEADS = u32(Keys.SSM.TIME_STEP_RANK, "mamba_n_heads")


@dataclass(frozen=True)
class Mamba:
    """How config.json tells the lengths of a Mamba layer: by the names of settings, but for `inner`."""

    inner: Callable[[Config], Any]
    state: str = "mamba_d_state"
    kernel: str = "mamba_d_conv"
    rank: str = "mamba_dt_rank"

    def part(self, at: str = AT, layers: OnLayer = None, norms: bool = False) -> Part:
        """The tensors of such a layer; with `norms` time steps, B and C have one each."""
        norm_rules = {
            letters: matrix(f"{at}.{letters}_layernorm", f"ssm_{letters}_norm", length, layers=layers) if norms else ()
            for letters, length in {"dt": "rank", "b": "state", "c": "state"}.items()
        }
        return Part(
            (
                *matrix(f"{at}.in_proj", "ssm_in", "2*inner", "hidden", layers=layers),
                *matrix(f"{at}.conv1d", "ssm_conv1d", "inner", "kernel", layers=layers, bias=True),
                *matrix(f"{at}.x_proj", "ssm_x", "rank+2*state", "inner", layers=layers),
                *norm_rules["dt"],
                *matrix(f"{at}.dt_proj", "ssm_dt", "inner", "rank", layers=layers, bias=True),
                *norm_rules["b"],
                *norm_rules["c"],
                tensor(f"{at}.A_log", "ssm_a", "inner", "state", change=DECAY, layers=layers),
                tensor(f"{at}.D", "ssm_d", "inner", layers=layers),
                *matrix(f"{at}.out_proj", "ssm_out", "hidden", "inner", layers=layers),
            ),
            sizes=self._sizes,
        )

    def rank_of(self, config: Config) -> Any:
        """How many values a time step is made of."""
        found = config[self.rank]
        return -(-int(config["hidden_size"]) // RANK_SHARE) if found == "auto" else found

    def _sizes(self, config: Config, _layer: int) -> dict[str, int]:
        inner, rank, state = self.inner(config), self.rank_of(config), config[self.state]
        return {
            "inner": inner,
            "2*inner": 2 * inner,
            "kernel": config[self.kernel],
            "rank": rank,
            "state": state,
            "rank+2*state": rank + 2 * state,
        }


# The orders that the tensors of Mamba 2 are written in
FROM_END_TO_END = ("in_proj", "conv1d", "dt_bias", "A_log", "D", "norm", "out_proj")
PROJECTIONS_FIRST = ("in_proj", "out_proj", "conv1d", "A_log", "D", "dt_bias", "norm")


@dataclass(frozen=True)
class Mamba2:
    """What config.json calls the numbers of a Mamba 2 layer, and the bias of its convolution.

    `inner_size` is the setting for the values of all heads, where there is one.
    """

    heads: str = "mamba_n_heads"
    head: str = "mamba_d_head"
    groups: str = "mamba_n_groups"
    state: str = "mamba_d_state"
    kernel: str = "mamba_d_conv"
    bias: str = "mamba_conv_bias"
    inner_size: str = ""

    def part(
        self,
        at: str = AT,
        layers: OnLayer = None,
        order: tuple[str, ...] = FROM_END_TO_END,
        optional_norm: bool = False,
    ) -> Part:
        """The tensors of such a layer, and what llama.cpp src/models/mamba-base.cpp asks of all: a bias, no limits."""
        by_group, by_head = ("ssm groups", "group"), ("ssm heads", "one")
        norm = tensor(
            f"{at}.norm.weight", "ssm_norm.weight", "inner", written=by_group, optional=optional_norm, layers=layers
        )
        rules: dict[str, tuple[TensorRule, ...]] = {
            "in_proj": matrix(f"{at}.in_proj", "ssm_in", "in", "hidden", layers=layers),
            "conv1d": matrix(f"{at}.conv1d", "ssm_conv1d", "channels", "kernel", layers=layers, bias=True),
            "dt_bias": (tensor(f"{at}.dt_bias", "ssm_dt.bias", "ssm heads", layers=layers),),
            "A_log": (tensor(f"{at}.A_log", "ssm_a", "ssm heads", change=DECAY, written=by_head, layers=layers),),
            "D": (tensor(f"{at}.D", "ssm_d", "ssm heads", written=by_head, layers=layers),),
            "norm": (norm,),
            "out_proj": matrix(f"{at}.out_proj", "ssm_out", "hidden", "inner", layers=layers),
        }
        return Part(
            tuple(rule for name in order for rule in rules[name]),
            requirements=(one_of(self.bias, True), UNLIMITED_TIME_STEPS),
            sizes=self._sizes,
        )

    def lengths(self, *, heads: int, head: int, groups: int, state: int, kernel: int) -> dict[str, int]:
        """These numbers, as defaults."""
        names = (self.heads, self.head, self.groups, self.state, self.kernel)
        return dict(zip(names, (heads, head, groups, state, kernel), strict=True))

    @property
    def rows(self) -> tuple[ConfigRow, ...]:
        """The metadata in the order of llama.cpp conversion/mamba.py, Mamba2Model."""
        inner = u32(Keys.SSM.INNER_SIZE, self.inner_size) if self.inner_size else None
        return (
            u32(Keys.SSM.CONV_KERNEL, self.kernel),
            inner or u32(Keys.SSM.INNER_SIZE, value=self.inner),
            u32(Keys.SSM.STATE_SIZE, self.state),
            u32(Keys.SSM.TIME_STEP_RANK, self.heads),
            u32(Keys.SSM.GROUP_COUNT, self.groups),
        )

    def inner(self, config: Config) -> Any:
        """The values of all heads."""
        return config[self.inner_size] if self.inner_size else config[self.heads] * config[self.head]

    def _sizes(self, config: Config, _layer: int) -> dict[str, int]:
        heads, groups, inner = config[self.heads], config[self.groups], self.inner(config)
        states = groups * config[self.state]
        return {
            "inner": inner,
            "states": states,
            "channels": inner + 2 * states,
            "in": 2 * inner + 2 * states + heads,
            "kernel": config[self.kernel],
            "ssm heads": heads,
            "ssm groups": groups,
            "group": inner // groups,
            "one": 1,
        }
