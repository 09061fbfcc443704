"""Settings of generation_config.json that change what is generated, and that the file has no key for."""

from collections.abc import Mapping
from typing import Any

from app.core.findings import Finding, info
from app.core.plan.header.sampling import FILE
from app.core.text import counted, text

# transformers generation/configuration_utils.py, GenerationConfig: the values with which each does nothing, besides
# null, false, zero and emptiness
NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "bad_words_ids": (),
    "begin_suppress_tokens": (),
    "encoder_repetition_penalty": (1,),
    "epsilon_cutoff": (),
    "eta_cutoff": (),
    "exponential_decay_length_penalty": (),
    "forced_bos_token_id": (),
    "forced_eos_token_id": (),
    "guidance_scale": (1,),
    "min_length": (),
    "min_new_tokens": (),
    "no_repeat_ngram_size": (),
    "num_beams": (1,),
    "penalty_alpha": (),
    "repetition_penalty": (1,),
    "sequence_bias": (),
    "stop_strings": (),
    "suppress_tokens": (),
    "top_h": (),
    "typical_p": (1,),
}


def left_out(generation: Mapping[str, Any]) -> tuple[Finding, ...]:
    """One finding for all of them."""
    found = {name: generation[name] for name, neutral in NEUTRAL.items() if not _is_off(generation.get(name), neutral)}
    if not found:
        return ()
    return (
        info(
            "sampling-left-out",
            counted(
                "{file} has {count} setting that is not carried over: {settings}.",
                "{file} has {count} settings that are not carried over: {settings}.",
                len(found),
                file=FILE,
                settings=", ".join(f"{name} = {value!r:.40}" for name, value in found.items()),
            ),
            text("mlx-lm ignores this, too. Programs that run the file use their own default."),
            text("Set what you need in the program that runs the file."),
            FILE,
        ),
    )


def _is_off(value: Any, neutral: tuple[Any, ...]) -> bool:
    return not value or value in neutral
