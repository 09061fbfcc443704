"""MLX's quantization settings: a default for the whole model and overrides for single modules.

`config["quantization"]` is written by mlx-lm (utils.py, quantize_model); the same dict may stand under
`quantization_config`. Keys that are not settings are module paths; their value is a dict or False.

K-quant folders (github.com/asher/mlx-kquant, docs/integration.md) have no default, but a map: module path → GGUF type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.checkpoint.text_config import text_settings
from app.core.checkpoint.wrappers import bare
from app.core.text import Text, reason_of, text

SETTINGS = ("bits", "group_size", "mode")
AFFINE_BITS = (1, 2, 3, 4, 5, 6, 8)  # mlx 0.32 ops.cpp, validate_quantized_input
GROUP_SIZES = (32, 64, 128)
# What an exception does not say is taken from here, not from the model's default: mlx nn/layers/quantized.py hands it
# to to_quantized(); values: mlx 0.32 ops.cpp, quantization_params_from_mode. Modes but affine know no others.
MODE_DEFAULTS = {
    "affine": {"bits": 4, "group_size": 64},
    "mxfp4": {"bits": 4, "group_size": 32},
    "mxfp8": {"bits": 8, "group_size": 32},
    "nvfp4": {"bits": 4, "group_size": 16},
}
KQUANT = "kquant"
# mlx-kquant codec_geometry.py; its further codecs are no types of llama.cpp
CODECS = (
    *("q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq4_nl", "iq4_xs"),
    *("iq3_s", "iq3_xxs", "iq2_xxs", "iq2_xs", "iq2_s", "iq1_s", "iq1_m", "mxfp4", "nvfp4"),
)


@dataclass(frozen=True)
class Quantization:
    """How one tensor is packed: `group_size` neighbours of a row belong together.

    "affine": w = scale * q + bias; other modes: w = scale * code. nvfp4 may have one more scale for a whole matrix.
    "kquant": blocks as they are in a GGUF file, of the type `codec`.
    """

    bits: int
    group_size: int
    mode: str = "affine"
    has_global_scale: bool = False
    codec: str = ""

    @property
    def group_bytes(self) -> int:
        """Bytes of a group, without what is stored apart from the codes."""
        return GGML_QUANT_SIZES[self.ggml_type][1] if self.codec else self.bits * self.group_size // 8

    @property
    def in_words(self) -> str:
        """'4-bit, groups of 64', or the name of a mode that knows no others, or of a K-quant's type."""
        if self.mode == "affine":
            return text("{bits}-bit, groups of {length}", bits=self.bits, length=self.group_size)
        return self.codec.upper() or self.mode

    @property
    def ggml_type(self) -> GGMLQuantizationType:
        """The type of a K-quant folder's blocks."""
        return GGMLQuantizationType[self.codec.upper()]


@dataclass(frozen=True)
class QuantizationSettings:
    """The default and the exceptions. None means: not quantized, or not said.

    `faults` are what cannot be understood of them, in plain words: for mlx-lm goes by the shapes of what the settings
    do not name, such a folder may be sound all the same.
    """

    default: Quantization | None
    exceptions: Mapping[str, Quantization | None] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    def for_module(self, path: str) -> Quantization | None:
        """Settings of the module `model.layers.0.mlp.up_proj` (no ".weight")."""
        return self.exceptions[self._key(path)] if self.names(path) else self.default

    def names(self, path: str) -> bool:
        """Whether there is an exception for the module."""
        return self._key(path) in self.exceptions

    def _key(self, path: str) -> str:
        return path if path in self.exceptions else self._unwrapped.get(bare(path), path)

    @cached_property
    def _unwrapped(self) -> dict[str, str]:
        return {bare(path): path for path in self.exceptions}


def quantization_settings(config: Mapping[str, Any]) -> QuantizationSettings | None:
    """MLX's settings in config.json, None when there are none.

    Raises ValueError in plain words where nothing can be understood: tensors that hold GGUF's blocks do not tell which.
    """
    raw = _raw_settings(text_settings(config))
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise ValueError(text("quantization is not an object"))
    if raw.get("mode") == KQUANT:
        return QuantizationSettings(None, _codecs(raw.get("per_tensor")))
    read: dict[str, Quantization | None] = {}
    faults: list[str] = []
    modules = {path: value for path, value in raw.items() if isinstance(value, dict) or value is False}
    for path, value in {"": {key: raw[key] for key in SETTINGS if key in raw}, **modules}.items():
        try:
            read[path] = _one(path, value) if isinstance(value, dict) else None
        except ValueError as error:
            faults.append(reason_of(error))
    return QuantizationSettings(read.pop("", None), read, tuple(faults))


def _raw_settings(config: Mapping[str, Any]) -> Any:
    raw = config.get("quantization")
    if raw is None:
        raw = config.get("quantization_config")
        if isinstance(raw, dict) and "quant_method" in raw:  # Hugging Face's own: not a matter of MLX
            return None
    return raw


def _one(path: str, raw: Mapping[str, Any]) -> Quantization:
    """The settings of a module, or without a path those of the model."""
    mode = raw.get("mode", "affine")
    if path and isinstance(mode, str):
        raw = {**MODE_DEFAULTS.get(mode, {}), **raw}
    bits, group_size = raw.get("bits"), raw.get("group_size")
    if not isinstance(mode, str):
        raise ValueError(
            text("the quantization mode of {module} is {mode!r}", module=path, mode=mode)
            if path
            else text("the quantization mode of the model is {mode!r}", mode=mode)
        )
    if type(bits) is not int or type(group_size) is not int:
        raise ValueError(
            text("the quantization of {module} lacks bits or group_size", module=path)
            if path
            else text("the quantization of the model lacks bits or group_size")
        )
    if bits < 1 or group_size < 1 or not _is_known(bits, group_size, mode):
        raise ValueError(_unknown(path, bits, group_size))
    return Quantization(bits, group_size, mode, raw.get("global_scale") is True)


def _unknown(path: str, bits: int, group_size: int) -> Text:
    if path:
        return text(
            "{module} is said to have {bits} bits in groups of {group_size}, which MLX does not support",
            module=path,
            bits=bits,
            group_size=group_size,
        )
    return text(
        "the model is said to have {bits} bits in groups of {group_size}, which MLX does not support",
        bits=bits,
        group_size=group_size,
    )


def _is_known(bits: int, group_size: int, mode: str) -> bool:
    """Modes that are newer than this code are, so that the folder opens; they cannot be read."""
    if mode == "affine":
        return bits in AFFINE_BITS and group_size in GROUP_SIZES
    return MODE_DEFAULTS.get(mode, {"bits": bits, "group_size": group_size}) == {"bits": bits, "group_size": group_size}


def _codecs(per_tensor: Any) -> dict[str, Quantization | None]:
    if not isinstance(per_tensor, dict):
        raise ValueError(text("its mode is kquant, but per_tensor is not an object"))
    return {path: _blocks(path, codec) for path, codec in per_tensor.items()}


def _blocks(path: str, codec: Any) -> Quantization:
    if codec not in CODECS:
        raise ValueError(
            text("{module} is stored in {codec!r:.40} blocks, which llama.cpp does not know", module=path, codec=codec)
        )
    block_length = GGML_QUANT_SIZES[GGMLQuantizationType[codec.upper()]][0]
    bits = next(int(letter) for letter in codec if letter.isdigit())  # about as many: scales come on top
    return Quantization(bits, block_length, KQUANT, codec=codec)
