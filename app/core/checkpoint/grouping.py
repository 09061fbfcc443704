"""Stored tensors → the model's tensors: MLX's packed words, scales and biases belong together."""

from collections.abc import Iterable, Mapping
from itertools import chain

from app.core.checkpoint.quantization import Quantization, QuantizationSettings
from app.core.checkpoint.stored import ModelTensor, StoredTensor
from app.core.findings import Finding, stop

WORD_BITS = 32  # MLX packs into uint32


def group_tensors(
    stored: Iterable[StoredTensor], settings: QuantizationSettings | None
) -> tuple[tuple[ModelTensor, ...], tuple[Finding, ...]]:
    """Model tensors in the order of the files, and a finding for each packed one that contradicts its settings."""
    by_name = {tensor.name: tensor for tensor in stored}
    packed = {name for name in by_name if name.endswith(".weight") and _module(name) + ".scales" in by_name}
    companions = set(chain.from_iterable((_module(n) + ".scales", _module(n) + ".biases") for n in packed))
    tensors: list[ModelTensor] = []
    findings: list[Finding] = []
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
    return tuple(tensors), tuple(findings)


def _module(name: str) -> str:
    return name.removesuffix(".weight")


def _packed(
    words: StoredTensor, by_name: Mapping[str, StoredTensor], settings: QuantizationSettings | None
) -> ModelTensor:
    module = _module(words.name)
    quantization = settings.for_module(module) if settings else None
    if quantization is None:
        raise ValueError("it has scales, but config.json does not say that it is quantized")
    scales, biases = by_name[module + ".scales"], by_name.get(module + ".biases")
    if words.dtype != "U32" or not words.shape:
        raise ValueError(f"its packed weights are {words.dtype}, not U32")
    shape = _values_shape(words, scales, quantization)
    if biases is not None and (biases.shape != scales.shape or biases.dtype != scales.dtype):
        raise ValueError("its biases do not have the shape and dtype of its scales")
    if quantization.mode == "affine" and biases is None:
        raise ValueError("its biases are missing")
    return ModelTensor(words.name, shape, scales.dtype, words, scales, biases, quantization)


def _values_shape(words: StoredTensor, scales: StoredTensor, quantization: Quantization) -> tuple[int, ...]:
    bit_count = words.shape[-1] * WORD_BITS
    row_length = bit_count // quantization.bits
    group_count, rest = divmod(row_length, quantization.group_size)
    if bit_count % quantization.bits or rest or scales.shape != (*words.shape[:-1], group_count):
        raise ValueError(
            f"its shapes {words.shape} and {scales.shape} do not fit {quantization.bits} bits "
            f"in groups of {quantization.group_size}"
        )
    return (*words.shape[:-1], row_length)


def _contradiction(module: str, error: ValueError) -> Finding:
    return stop(
        "quantization-contradiction",
        f"The quantization of {module} makes no sense: {error}.",
        "Its values cannot be decoded.",
        "Save the model again with mlx-lm, or correct the quantization settings in config.json.",
        module,
    )
