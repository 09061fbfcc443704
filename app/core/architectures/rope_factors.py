"""How much each rotary frequency is slowed down, as a vector of the file (`rope_freqs.weight`)."""

import math

import numpy as np

from app.core.architectures.config_rows import Config, setting
from app.core.architectures.decoder_metadata import ORIGINAL_CONTEXT, original_context, stated_context
from app.core.architectures.sizes import head_size
from app.core.text import text

WIDEST_HEAD = 1 << 16  # far more than any model has; vectors of that length are computed for the plan
LLAMA3_CONTEXT = 8192  # llama.cpp conversion/llama.py, generate_extra_tensors; mlx-lm models/rope_utils.py, Llama3RoPE
LLAMA3_DEFAULTS = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}  # same function


def llama3_factors(config: Config) -> tuple[float, ...]:
    """One for each pair of a head's dimensions; none without rope scaling of this kind.

    The powers are computed in float64, the steps after it in float32, like the published implementation.
    """
    scaling = config["rope_scaling"]
    if scaling.get("rope_type") != "llama3":
        return ()
    context, whole = stated_context(config), original_context(config)
    if context is None and whole not in (None, LLAMA3_CONTEXT):
        raise ValueError(
            text(
                "rope_scaling lacks {setting}: mlx-lm assumes {of_mlx}, transformers {of_transformers}",
                setting=ORIGINAL_CONTEXT,
                of_mlx=LLAMA3_CONTEXT,
                of_transformers=whole,
            )
        )
    numbers = [scaling.get(name, default) for name, default in LLAMA3_DEFAULTS.items()]
    numbers.append(LLAMA3_CONTEXT if context is None else context)
    if not all(type(number) in (int, float) for number in numbers):
        raise ValueError(
            text(
                "rope_scaling has {values} for {settings} and its context",
                values=numbers,
                settings=", ".join(LLAMA3_DEFAULTS),
            )
        )
    factor, low, high, context = numbers
    size = head_size(config)
    if size > WIDEST_HEAD:
        raise ValueError(text("a head has {size} values", size=size))
    with np.errstate(all="ignore"):  # a strange config.json may give NaN, which the plan refuses
        exponents = np.arange(0, size, 2, dtype=np.float32) / np.float32(size)
        powers = np.power(np.float64(setting(config, "rope_theta") or 10000.0), exponents.astype(np.float64))
        frequencies = np.float32(1) / powers.astype(np.float32)
        return tuple(_llama3_factor(f, factor, low, high, context) for f in frequencies)


def _llama3_factor(frequency: np.float32, factor: float, low: float, high: float, context: float) -> float:
    wavelength = np.float32(2 * math.pi) / frequency
    if wavelength < context / high:
        return 1.0
    if wavelength > context / low:
        return float(factor)
    smooth = (np.float32(context) / wavelength - np.float32(low)) / np.float32(high - low)
    return float(np.float32(1) / ((np.float32(1) - smooth) / np.float32(factor) + smooth))
