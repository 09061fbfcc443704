"""Stored tensors → the model's tensors: MLX's packed words, scales and biases belong together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from math import prod

from app.core.checkpoint.checkpoint_values import ModelTensor, StoredTensor
from app.core.checkpoint.dtypes import FLOAT_DTYPES
from app.core.checkpoint.quantization import MODE_DEFAULTS, Quantization, QuantizationSettings
from app.core.findings import Finding, Findings, blocker
from app.core.text import reason_of, text

WORD_BITS = 32  # MLX packs into uint32
COMPANIONS = (".scales", ".biases", ".global_scale")

Settings = QuantizationSettings | None


def group_tensors(
    stored: Iterable[StoredTensor], settings: Settings
) -> tuple[tuple[ModelTensor, ...], tuple[Finding, ...]]:
    """Model tensors in the order of the files, and a finding for each packed one that contradicts its settings."""
    by_name = {tensor.name: tensor for tensor in stored}
    packed = {name for name in by_name if name.endswith(".weight") and _is_packed(_module(name), by_name, settings)}
    companions = set(chain.from_iterable((_module(name) + ending for ending in COMPANIONS) for name in packed))
    tensors: list[ModelTensor] = []
    findings = Findings()
    for name, tensor in by_name.items():
        if name in companions:
            continue
        if name not in packed:
            tensors.append(ModelTensor(name, tensor.shape, tensor.dtype, tensor))
            continue
        try:
            tensors.append(_packed(tensor, by_name, settings))
        except ValueError as error:
            findings.append(_contradiction(_module(name), error))
    return tuple(tensors), findings.all()


def _module(name: str) -> str:
    return name.removesuffix(".weight")


def _is_packed(module: str, by_name: Mapping[str, StoredTensor], settings: Settings) -> bool:
    if module + ".scales" in by_name:
        return True
    quantization = settings.for_module(module) if settings else None
    return quantization is not None and quantization.codec != ""


def _packed(words: StoredTensor, by_name: Mapping[str, StoredTensor], settings: Settings) -> ModelTensor:
    module = _module(words.name)
    quantization = settings.for_module(module) if settings else None
    if settings is None or quantization is None:
        raise ValueError(text("it has scales, but config.json does not say that it is quantized"))
    scales, biases, global_scale = (by_name.get(module + ending) for ending in COMPANIONS)
    if quantization.codec or scales is None:
        return _blocks(words, quantization, biases or global_scale)
    if words.dtype != "U32" or not words.shape:
        raise ValueError(text("its packed weights are {dtype}, not U32", dtype=words.dtype))
    if biases is None and not settings.names(module):
        quantization = _by_its_shapes(words, scales) or quantization
    shape = _values_shape(words, scales, quantization)
    _check_biases(scales, biases, quantization)
    if global_scale is not None or quantization.has_global_scale:
        _check_global_scale(global_scale, shape, quantization)
        quantization = replace(quantization, has_global_scale=True)
    return ModelTensor(words.name, shape, scales.dtype, words, scales, biases, quantization, global_scale)


def _blocks(words: StoredTensor, quantization: Quantization, companion: StoredTensor | None) -> ModelTensor:
    """GGUF's own blocks; what is stored as their scales says nothing."""
    if words.dtype != "U8" or not words.shape:
        raise ValueError(
            text("its blocks are {dtype} of shape {shape}, not rows of U8", dtype=words.dtype, shape=words.shape)
        )
    if companion is not None:
        raise ValueError(
            text(
                "it has {tensor}, which {codec} blocks do not use",
                tensor=companion.name,
                codec=quantization.codec,
            )
        )
    block_count, rest = divmod(words.shape[-1], quantization.group_bytes)
    if rest:
        raise ValueError(
            text(
                "its rows of {bytes:,} bytes are not a whole number of {codec} blocks",
                bytes=words.shape[-1],
                codec=quantization.codec,
            )
        )
    shape = (*words.shape[:-1], block_count * quantization.group_size)
    return ModelTensor(words.name, shape, words.dtype, words, quantization=quantization)


def _by_its_shapes(words: StoredTensor, scales: StoredTensor) -> Quantization | None:
    """The mode without biases that a module has which the settings do not name: mlx-lm utils.py, infer_quant_config."""
    if scales.dtype != "U8" or not scales.shape or not scales.shape[-1]:
        return None
    group_bits, rest = divmod(words.shape[-1] * WORD_BITS, scales.shape[-1])
    modes = (Quantization(how["bits"], how["group_size"], mode) for mode, how in MODE_DEFAULTS.items())
    return (
        None
        if rest
        else next((one for one in modes if one.mode != "affine" and one.group_bytes * 8 == group_bits), None)
    )


def _check_biases(scales: StoredTensor, biases: StoredTensor | None, quantization: Quantization) -> None:
    if biases is not None and (biases.shape != scales.shape or biases.dtype != scales.dtype):
        raise ValueError(text("its biases differ from its scales in shape or dtype"))
    if quantization.mode == "affine" and biases is None:
        raise ValueError(text("its biases are missing"))
    if quantization.mode in MODE_DEFAULTS and quantization.mode != "affine" and biases is not None:
        raise ValueError(text("it has biases, which mode {mode} does not use", mode=quantization.mode))


def _check_global_scale(global_scale: StoredTensor | None, shape: tuple[int, ...], quantization: Quantization) -> None:
    if global_scale is None:
        raise ValueError(text("its global scale is missing"))
    if quantization.mode != "nvfp4":
        raise ValueError(text("it has a global scale, which mode {mode} does not use", mode=quantization.mode))
    if prod(global_scale.shape) != prod(shape[:-2]) or global_scale.dtype not in FLOAT_DTYPES:
        raise ValueError(
            text("its global scale is {dtype} of shape {shape}", dtype=global_scale.dtype, shape=global_scale.shape)
        )


def _values_shape(words: StoredTensor, scales: StoredTensor, quantization: Quantization) -> tuple[int, ...]:
    bit_count = words.shape[-1] * WORD_BITS
    row_length = bit_count // quantization.bits
    group_count, rest = divmod(row_length, quantization.group_size)
    if bit_count % quantization.bits or rest or scales.shape != (*words.shape[:-1], group_count):
        raise ValueError(
            text(
                "its shapes {packed_shape} and {scales_shape} do not fit {bits} bits in groups of {group_size}",
                packed_shape=words.shape,
                scales_shape=scales.shape,
                bits=quantization.bits,
                group_size=quantization.group_size,
            )
        )
    return (*words.shape[:-1], row_length)


def _contradiction(module: str, error: ValueError) -> Finding:
    return blocker(
        "quantization-contradiction",
        text("The quantization of {module} is inconsistent: {reason}.", module=module, reason=reason_of(error)),
        text("Its values cannot be dequantized."),
        text("Save the model again with mlx-lm, or correct the quantization settings in config.json."),
        module,
    )
