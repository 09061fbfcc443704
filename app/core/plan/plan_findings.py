"""What the plan notices about a folder: family, layout, tensors that are missing, unknown or of the wrong shape."""

from collections.abc import Mapping
from typing import Any

from app.core.architectures import ARCHITECTURES, Architecture, Size, TensorRule
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.checkpoint.weight_files import DOWNLOAD_AGAIN
from app.core.findings import Finding, note, stop, warning
from app.core.plan.options import OutputType, PlanOptions
from app.core.plan.source_tensors import SourceTensors, layered_rules
from app.core.plan.tensor_types import is_float


def unsupported_model_type(model_type: str | None) -> tuple[Finding, ...]:
    """For a folder whose family is not supported; nothing where the checkpoint already said that there is no type."""
    if model_type is None:
        return ()
    supported = ", ".join(name for family in ARCHITECTURES for name in family.model_types)
    return (
        stop(
            "unknown-model-type",
            f"The model type {model_type!r} is not supported yet.",
            f"Supported are: {supported}.",
            "llama.cpp's own converter may know it.",
            "config.json",
        ),
    )


def folder_findings(
    checkpoint: Checkpoint, family: Architecture, config: Mapping[str, Any], options: PlanOptions
) -> tuple[Finding, ...]:
    """About the folder as a whole."""
    found = list(family.refusals(config))
    if checkpoint.tensors and not checkpoint.saved_by_mlx:
        found.append(
            note(
                "not-saved-by-mlx",
                "The weights were not saved by MLX: the files do not say so.",
                f"{family.name} has the same tensors in the Hugging Face layout, so that they convert all the same.",
            )
        )
    packed = [tensor for tensor in checkpoint.tensors if tensor.quantization]
    if packed and options.output_type is OutputType.AUTO:
        found.append(
            note(
                "packed-weights",
                f"{len(packed)} tensor(s) are quantized by MLX; they are decoded and written as F16.",
                "F16 holds the decoded values to 0.05 % or better, in a larger file than the folder's.",
                "Choose q8_0 for about half the size.",
            )
        )
    return tuple(found)


def tensor_findings(
    family: Architecture, layer_count: int, sources: SourceTensors, config: Mapping[str, Any]
) -> tuple[Finding, ...]:
    """About single tensors: unknown, missing, of a shape or dtype that does not fit."""
    rules = list(layered_rules(family, layer_count))
    present = [(rule, sources.found[name]) for rule, name in rules if name in sources.found]
    missing = [name for rule, name in rules if name not in sources.found and not rule.optional]
    embedding = sources.found.get(family.embedding)
    sizes = {**family.sizes(config), Size.VOCABULARY: embedding.shape[0] if embedding and embedding.shape else 0}
    found = [*_unknown(family, sources.unknown), *_missing(missing)]
    found += [_misshapen(rule, tensor, sizes) for rule, tensor in present if not _fits(rule, tensor, sizes)]
    found += [_unwritable(tensor) for _, tensor in present if not is_float(tensor)]
    rows = config.get("vocab_size")
    if isinstance(rows, int) and rows != sizes[Size.VOCABULARY] and embedding:
        found.append(
            warning(
                "vocabulary-size",
                f"config.json says {rows:,} tokens, the embedding has {sizes[Size.VOCABULARY]:,} rows.",
                "The rows decide.",
                subject=embedding.name,
            )
        )
    return tuple(found)


def _fits(rule: TensorRule, tensor: ModelTensor, sizes: Mapping[Size, int]) -> bool:
    if rule.optional and len(rule.shape) == len(tensor.shape):
        return tensor.shape[-1] == sizes[rule.shape[-1]]  # a head with other rows is a matter of the verdict
    return tensor.shape == tuple(sizes[size] for size in rule.shape) and tensor.element_count > 0


def _unknown(family: Architecture, tensors: tuple[ModelTensor, ...]) -> list[Finding]:
    if not tensors:
        return []
    return [
        stop(
            "unknown-tensor",
            f"{len(tensors)} tensor(s) are not known for {family.name}: {_some(tensor.name for tensor in tensors)}.",
            "Leaving them out would make another model of it.",
            "Please report this with the name of the model.",
            tensors[0].name,
        )
    ]


def _missing(names: list[str]) -> list[Finding]:
    if not names:
        return []
    return [
        stop(
            "missing-tensor",
            f"{len(names)} tensor(s) of the model are missing: {_some(names)}.",
            "The model cannot compute without them.",
            DOWNLOAD_AGAIN,
            names[0],
        )
    ]


def _some(names: Any) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (", …" if len(listed) > 3 else "")


def _misshapen(rule: TensorRule, tensor: ModelTensor, sizes: Mapping[Size, int]) -> Finding:
    expected = " × ".join(f"{sizes[size]:,}" for size in rule.shape)
    actual = " × ".join(f"{length:,}" for length in tensor.shape) or "no"
    return stop(
        "wrong-shape",
        f"{tensor.name} is {actual}, but config.json asks for {expected}.",
        "llama.cpp would not load the file.",
        "config.json and the weights belong to different models: copy both from the same place.",
        tensor.name,
    )


def _unwritable(tensor: ModelTensor) -> Finding:
    packing = tensor.quantization
    kind = f"packed in MLX's mode {packing.mode}" if packing else f"stored as {tensor.dtype}"
    return stop(
        "unsupported-dtype",
        f"{tensor.name} is {kind}.",
        "This version reads bfloat16, float16, float32 and MLX's affine quantization.",
        "Save the model again, for example with mlx_lm.fuse --dequantize.",
        tensor.name,
    )
