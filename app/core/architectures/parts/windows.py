"""Sliding windows: how wide they are, which layers have one, and what a graph has built in about that."""

from collections.abc import Callable

from gguf import Keys

from app.core.architectures.architecture import Part
from app.core.architectures.config_rows import Config, flag, setting, u32
from app.core.architectures.requirements import Requirement, never, one_of
from app.core.text import text

SLIDING, FULL = "sliding_attention", "full_attention"
PERIODS = ("sliding_window_pattern", "_sliding_window_pattern")  # settings that may say the period
Kinds = Callable[[Config], list[str] | None]

NEVER = never("use_sliding_window", text("attention to all tokens"))
WIDTH = u32(Keys.Attention.SLIDING_WINDOW, "sliding_window")
# For graphs that ask the file which layers have a window
PATTERN = flag(Keys.Attention.SLIDING_WINDOW_PATTERN, value=lambda c: [kind == SLIDING for kind in c["layer_types"]])


def full_every(period: int) -> Callable[[Config], list[str]]:
    """What layer_types says where each layer sees everything whose number, counted from 1, is a multiple."""
    return lambda config: [FULL if (i + 1) % period == 0 else SLIDING for i in range(config["num_hidden_layers"])]


def built_in(period: int, *settings: str) -> Part:
    """For a graph with windows in all layers but every `period`-th; `settings` are others that may say so."""
    usual = full_every(period)
    kinds = Requirement(
        "layer_types",
        text("full attention in every layer whose number is a multiple of {period}", period=period),
        lambda config: config.get("layer_types") in (None, usual(config)),
    )
    return Part(requirements=(kinds, *(one_of(name, period) for name in settings)))


def slides(config: Config, usual: Kinds) -> list[bool] | None:
    """Which layers have a window, as `usual` says where layer_types does not; None in a model without."""
    if setting(config, "sliding_window") is None:
        return None
    kinds = setting(config, "layer_types")
    found = usual(config) if kinds is None else kinds
    return None if found is None else [kind == SLIDING for kind in found]


def _kinds_by_period(config: Config) -> list[str] | None:
    pattern = config.get("sliding_window_pattern")
    if isinstance(pattern, str) and pattern:
        return [SLIDING if pattern[i % len(pattern)] == "L" else FULL for i in range(config["num_hidden_layers"])]
    return full_every(pattern)(config) if pattern else None


def slides_by_period(config: Config) -> list[bool] | None:
    """The same where sliding_window_pattern says what layer_types does not, in letters as LLLG or as a number."""
    return slides(config, _kinds_by_period)


PATTERN_BY_PERIOD = flag(Keys.Attention.SLIDING_WINDOW_PATTERN, value=slides_by_period)
# For graphs that tell layers with a window from those without, and have both
BOTH_KINDS = Requirement(
    "layer_types",
    text("layers of both kinds"),
    lambda config: (
        len(config["layer_types"]) == config["num_hidden_layers"] and set(config["layer_types"]) == {SLIDING, FULL}
    ),
)
