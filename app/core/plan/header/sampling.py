"""generation_config.json → the publisher's sampling settings, as far as llama.cpp can sample with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.findings import Finding, info
from app.core.text import Text, text

FILE = "generation_config.json"
LARGEST_INT = 2**31 - 1  # llama.cpp common/common.cpp, common_init_sampler_from_model, reads int32 and float


@dataclass(frozen=True)
class Setting:
    """`name` in the file and `attribute` of gguf.Metadata, with the numbers that make sense, both ends included."""

    name: str
    attribute: str
    kind: type[int] | type[float]
    lowest: float
    highest: float

    def fits(self, value: Any) -> bool:
        """Whether it can be carried over; true and false are no numbers."""
        is_number = type(value) is int or (type(value) is float and self.kind is float)
        return is_number and self.lowest <= value <= self.highest


# Names: gguf metadata.py, Metadata.load. Ranges: transformers generation/logits_process.py, whose samplers raise on
# others (top_k, top_p, min_p, temperature, penalties), and llama.cpp src/llama-sampler.cpp. A temperature or a penalty
# beyond these ends makes all tokens alike, or none: logits have a few dozen nats.
SETTINGS = (
    Setting("top_k", "sampling_top_k", int, 0, LARGEST_INT),
    Setting("top_p", "sampling_top_p", float, 0, 1),
    Setting("min_p", "sampling_min_p", float, 0, 1),
    Setting("temperature", "sampling_temp", float, 0, 1000),
    Setting("penalty_repeat", "sampling_penalty_repeat", float, 0.001, 1000),
    Setting("penalty_last_n", "sampling_penalty_last_n", int, -1, LARGEST_INT),
    Setting("xtc_probability", "sampling_xtc_probability", float, 0, 1),
    Setting("xtc_threshold", "sampling_xtc_threshold", float, 0, 1),
    Setting("mirostat", "sampling_mirostat", int, 0, 2),
    Setting("mirostat_tau", "sampling_mirostat_tau", float, 0, 1000),
    Setting("mirostat_eta", "sampling_mirostat_eta", float, 0, 1000),
)


def sampling_values(generation: Mapping[str, Any]) -> Mapping[str, int | float]:
    """What is carried over, by attribute of gguf.Metadata."""
    return {one.attribute: generation[one.name] for one in _stated(generation) if one.fits(generation[one.name])}


def sampling_findings(generation: Mapping[str, Any]) -> tuple[Finding, ...]:
    """About settings that no sampler can work with."""
    return tuple(
        _left_out(one, generation[one.name]) for one in _stated(generation) if not one.fits(generation[one.name])
    )


def _stated(generation: Mapping[str, Any]) -> Iterable[Setting]:
    return (one for one in SETTINGS if generation.get(one.name) is not None)


def _left_out(one: Setting, value: Any) -> Finding:
    return info(
        "odd-sampling-setting",
        text(
            "{file} sets {setting} to {value!r:.40}, which is not carried over.",
            file=FILE,
            setting=one.name,
            value=value,
        ),
        text("Sampling needs {needed}. Programs that run the file use their own default.", needed=_needed(one)),
        text("Correct {setting} if the model is to recommend one.", setting=one.name),
        FILE,
    )


def _needed(one: Setting) -> Text:
    if one.highest == LARGEST_INT:
        return text("a whole number of at least {lowest:g}", lowest=one.lowest)
    if one.kind is int:
        return text("a whole number between {lowest:g} and {highest:g}", lowest=one.lowest, highest=one.highest)
    return text("a number between {lowest:g} and {highest:g}", lowest=one.lowest, highest=one.highest)
