"""Stored tensors → the model's tensors: MLX's packed words, scales and biases belong together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from math import prod

from app.core.checkpoint.checkpoint_values import ModelTensor, StoredTensor
from app.core.checkpoint.dtypes import FLOAT_DTYPES
from app.core.checkpoint.packings import fits, read_as, ways_to_read
from app.core.checkpoint.quantization import MODE_DEFAULTS, Quantization, QuantizationSettings
from app.core.text import reason_of, text

COMPANIONS = (".scales", ".biases", ".global_scale")

Settings = QuantizationSettings | None


def group_tensors(stored: Iterable[StoredTensor], settings: Settings) -> tuple[ModelTensor, ...]:
    """Model tensors in the order of the files.

    Settings that the shapes of a tensor contradict lose. A tensor that cannot be read is here with its contradiction:
    it matters only if the model has a use for it.
    """
    by_name = {tensor.name: tensor for tensor in stored}
    packed = {name for name in by_name if name.endswith(".weight") and _is_packed(module_of(name), by_name, settings)}
    companions = set(chain.from_iterable((module_of(name) + ending for ending in COMPANIONS) for name in packed))
    return tuple(
        _packed(tensor, by_name, settings) if name in packed else ModelTensor(name, tensor.shape, tensor.dtype, tensor)
        for name, tensor in by_name.items()
        if name not in companions
    )


def module_of(name: str) -> str:
    """The path by which settings know what a tensor belongs to."""
    return name.removesuffix(".weight")


def _is_packed(module: str, by_name: Mapping[str, StoredTensor], settings: Settings) -> bool:
    if module + ".scales" in by_name:
        return True
    quantization = settings.for_module(module) if settings else None
    return quantization is not None and quantization.codec != ""


def _packed(words: StoredTensor, by_name: Mapping[str, StoredTensor], settings: Settings) -> ModelTensor:
    module = module_of(words.name)
    scales, biases, global_scale = (by_name.get(module + ending) for ending in COMPANIONS)
    said = settings.for_module(module) if settings else None
    tensor = ModelTensor(words.name, words.shape, words.dtype, words, scales, biases, None, global_scale)
    try:
        if scales is None or (said and said.codec):
            assert said is not None
            return _blocks(words, said, biases or global_scale)
        is_named = settings is not None and settings.names(module)
        return _read(tensor, scales, said, is_named)
    except ValueError as error:
        return replace(tensor, contradiction=reason_of(error))


def _read(tensor: ModelTensor, scales: StoredTensor, said: Quantization | None, is_named: bool) -> ModelTensor:
    """In the way that is said, if its shapes allow it, or else in the only one that they allow."""
    words, biases, global_scale = tensor.stored, tensor.biases, tensor.global_scale
    if words.dtype != "U32" or not words.shape:
        raise ValueError(text("its packed weights are {dtype}, not U32", dtype=words.dtype))
    ways = ways_to_read(words, scales)
    if said and said.mode not in MODE_DEFAULTS and (is_named or not (ways and (biases or scales.dtype == "U8"))):
        ways = (said,) if fits(words, scales, said) else ()  # of a newer MLX
    if not ways:
        raise ValueError(
            text(
                "its shapes {packed_shape} and {scales_shape} do not fit any bit width and group size of MLX",
                packed_shape=words.shape,
                scales_shape=scales.shape,
            )
        )
    way = said if said and replace(said, has_global_scale=False) in ways else ways[0]
    _check_biases(scales, biases, way)
    if global_scale is not None or way.has_global_scale:
        _check_global_scale(global_scale, words.shape[:-2], way)
        way = replace(way, has_global_scale=True)
    if len(ways) == 1:
        return read_as(tensor, way)
    is_open = way is not said
    return replace(tensor if is_open else read_as(tensor, way), ways=ways)


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


def _check_biases(scales: StoredTensor, biases: StoredTensor | None, quantization: Quantization) -> None:
    if biases is not None and (biases.shape != scales.shape or biases.dtype != scales.dtype):
        raise ValueError(text("its biases differ from its scales in shape or dtype"))
    if quantization.mode == "affine" and biases is None:
        raise ValueError(text("its biases are missing"))
    if quantization.mode in MODE_DEFAULTS and quantization.mode != "affine" and biases is not None:
        raise ValueError(text("it has biases, which mode {mode} does not use", mode=quantization.mode))


def _check_global_scale(global_scale: StoredTensor | None, stack: tuple[int, ...], quantization: Quantization) -> None:
    if global_scale is None:
        raise ValueError(text("its global scale is missing"))
    if quantization.mode != "nvfp4":
        raise ValueError(text("it has a global scale, which mode {mode} does not use", mode=quantization.mode))
    if prod(global_scale.shape) != prod(stack) or global_scale.dtype not in FLOAT_DTYPES:
        raise ValueError(
            text("its global scale is {dtype} of shape {shape}", dtype=global_scale.dtype, shape=global_scale.shape)
        )
