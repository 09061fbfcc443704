"""What the plan notices about a folder: family, layout, tensors that are missing, unknown or of the wrong shape."""

from collections.abc import Iterable
from typing import Any

from app.core.architectures import ARCHITECTURES, Architecture, Config, Layout
from app.core.architectures.requirements import Requirement
from app.core.architectures.unsupported import UNSUPPORTED
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.checkpoint.weight_files import DOWNLOAD_AGAIN
from app.core.findings import Finding, note, stop, warning
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.identify import MOST_ROWS, Model
from app.core.model.packing import is_readable
from app.core.model.shapes import fits
from app.core.plan.header.sampling import sampling_findings
from app.core.plan.planned_tensors import gguf_name


def unsupported_model_type(model_type: str | None) -> tuple[Finding, ...]:
    """For a folder whose family is not supported; nothing where the checkpoint already said that there is no type."""
    if model_type is None:
        return ()
    if model_type in UNSUPPORTED:
        return (
            stop(
                "unsupported-model-type",
                f"Models of the type {model_type!r} cannot be converted.",
                f"The reason: {UNSUPPORTED[model_type]}.",
                "docs/unsupported-models.md lists such types.",
                "config.json",
            ),
        )
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


def folder_findings(model: Model, layout: Layout) -> tuple[Finding, ...]:
    """About the folder as a whole. Raises CONFIG_ERRORS."""
    assert model.family is not None
    checkpoint, family, config = model.checkpoint, model.family, model.config
    found = [_unsupported(family, config, one) for one in family.requirements if not one.fits(config)]
    if is_refused(family, layout):
        found.append(_published_layout(family))
    elif checkpoint.tensors and not checkpoint.saved_by_mlx:
        found.append(
            note(
                "not-saved-by-mlx",
                "The weights were not saved by MLX: the files do not say so.",
                f"{family.name} can be converted from the Hugging Face layout all the same.",
            )
        )
    if isinstance(checkpoint.config.get("text_config"), dict):
        found.append(_text_only(checkpoint))
    found += sampling_findings(checkpoint.generation_config)
    return tuple(found)


def is_refused(family: Architecture, layout: Layout) -> bool:
    """Whether folders in this layout are left to llama.cpp's own converter."""
    return layout is Layout.HUGGING_FACE and not family.converts_huggingface


def _text_only(checkpoint: Checkpoint) -> Finding:
    base = checkpoint.model_card.get("base_model")
    name = base[0] if isinstance(base, list) and base else base
    model = name if isinstance(name, str) else "the base model"
    return note(
        "text-only",
        "This is the text part of a model that also sees or hears.",
        "llama.cpp reads pictures with a second file, an mmproj. Fine-tuning with mlx-lm leaves that part as it was.",
        f"Take the mmproj GGUF that was published for {model}.",
    )


def _unsupported(family: Architecture, config: Config, requirement: Requirement) -> Finding:
    if requirement.is_assumed:
        return note(
            "assumed-setting",
            f"config.json does not say {requirement.name}.",
            f"What is taken for granted is {requirement.only}, as in the published models.",
            f"If this model is another, copy {requirement.name} from its base model's config.json.",
            requirement.name,
        )
    if requirement.is_tolerated:
        return warning(
            "computed-otherwise",
            f"llama.cpp's {family.name} has {requirement.only}.",
            f"That is not what the model was trained with ({requirement.name}): its answers will differ from MLX's.",
            "Compare the file's answers with MLX's before you rely on it.",
            requirement.name,
        )
    value = config.get(requirement.name)
    return stop(
        "unsupported-setting",
        f"config.json asks for a {requirement.name} that {requirement.by} has no place for."
        if value is None  # it follows from other settings, or stands under another name
        else f"config.json sets {requirement.name} to {value!r:.60}.",
        f"{requirement.by}'s {family.name} knows only {requirement.only}: "
        "the converted model would compute something else.",
        f"This model cannot be a GGUF file of the kind {family.gguf}.",
        requirement.name,
    )


def _published_layout(family: Architecture) -> Finding:
    return stop(
        "published-layout",
        f"This is {family.name} in the Hugging Face layout, as it was published.",
        "mlx-lm arranges the tensors of this family in another way, and only that is read here.",
        "Use llama.cpp's own converter, or save the model once with mlx_lm.convert.",
    )


def tensor_findings(model: Model, layout: Layout) -> tuple[Finding, ...]:
    """About single tensors: unknown, missing, of a shape or dtype that does not fit."""
    assert model.family is not None
    family, sources, embedding = model.family, model.sources(layout), model.embedding
    if is_refused(family, layout):
        return ()  # what is arranged in another way is neither missing nor misshapen
    present = [(one, sources.found[one.key]) for one in model.expected if one.key in sources.found]
    missing = [
        one.source_names(layout)[0] for one in model.expected if one.key not in sources.found and not one.rule.optional
    ]
    found = [*_unknown(family, sources.unknown), *_missing(missing), *_unnamed(model, present)]
    tables = (family.embedding, family.lm_head)  # their rows are counted and compared
    found += [
        _misshapen(one, tensors[0], layout)
        for one, tensors in present
        if not fits(one, tensors, layout) or (one.key in tables and len(tensors[0].shape) != 2)
    ]
    found += [_unwritable(tensor) for _, tensors in present for tensor in tensors[:1] if not _are_readable(tensors)]
    found += [_mixed(tensors) for _, tensors in present if len({(t.dtype, t.quantization) for t in tensors}) > 1]
    rows, expected = model.config.get("vocab_size"), embedding.shape[0] if embedding and embedding.shape else 0
    if embedding and expected > MOST_ROWS:
        found.append(_too_many_rows(embedding))
    if isinstance(rows, int) and rows != expected and embedding:
        found.append(
            warning(
                "vocabulary-size",
                f"config.json says {rows:,} tokens, the embedding has {expected:,} rows.",
                "The rows decide.",
                subject=embedding.name,
            )
        )
    return tuple(found)


def _are_readable(tensors: Iterable[ModelTensor]) -> bool:
    return all(is_readable(tensor) for tensor in tensors)


def _unnamed(model: Model, present: list[tuple[ExpectedTensor, tuple[ModelTensor, ...]]]) -> list[Finding]:
    """Tensors that gguf's map has no place for in this architecture, such as a bias that its graph would not read."""
    assert model.family is not None
    return _unknown(model.family, tuple(tensors[0] for one, tensors in present if gguf_name(model, one) is None))


def _mixed(tensors: tuple[ModelTensor, ...]) -> Finding:
    return stop(
        "mixed-experts",
        f"The experts of {tensors[0].name} are not all stored in the same way.",
        "In the file they are one tensor of one type.",
        "Save the model again with mlx-lm.",
        tensors[0].name,
    )


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


def _misshapen(one: ExpectedTensor, tensor: ModelTensor, layout: Layout) -> Finding:
    expected = " × ".join(f"{length:,}" for length in one.source_shape(layout))
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
        "This version reads bfloat16, float16, float32, MLX's affine, mxfp4, mxfp8 and nvfp4, and K-quants.",
        "Save the model again, for example with mlx_lm.fuse --dequantize.",
        tensor.name,
    )


def _too_many_rows(embedding: ModelTensor) -> Finding:
    return stop(
        "too-many-rows",
        f"{embedding.name} has {embedding.shape[0]:,} rows; no model has more than a million tokens.",
        "The vocabulary is not read.",
        "Copy or download the folder again.",
        embedding.name,
    )
