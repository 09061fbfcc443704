"""What the plan notices about a folder: its layout, tensors that are missing, unknown or of the wrong shape."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.core.architectures import Architecture, Config, Layout
from app.core.architectures.requirements import CAUSAL, Requirement
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.checkpoint.purpose import Task
from app.core.checkpoint.shard_index import DOWNLOAD_AGAIN
from app.core.findings import Finding, Severity, blocker, info, warning
from app.core.model.classifier import classifier
from app.core.model.foreign_quantization import foreign_quantization
from app.core.model.identify import MOST_ROWS, Model
from app.core.model.lost_tensors import lost_names
from app.core.model.packing import are_stackable, is_readable
from app.core.model.shapes import fits
from app.core.model.source_tensors import SourceTensors
from app.core.model.sources import Sources
from app.core.model.unknown_settings import unknown_settings
from app.core.plan.header.sampling import sampling_findings
from app.core.plan.header.sampling_left_out import left_out
from app.core.plan.packing_doubts import packing_doubts
from app.core.text import counted, text


def folder_findings(model: Model, sources: SourceTensors) -> tuple[Finding, ...]:
    """About the folder as a whole. Raises CONFIG_ERRORS."""
    assert model.family is not None
    checkpoint, family, config = model.checkpoint, model.family, model.config
    found = [_unsupported(family, config, one) for one in _unmet(model)]
    if sources.is_refused:
        found.append(_published_layout(family, sources.layout))
    elif checkpoint.tensors and not checkpoint.saved_by_mlx:
        found.append(
            info(
                "not-saved-by-mlx",
                text("The weights do not appear to have been saved by MLX."),
                text("{family} can be converted from the Hugging Face layout as well.", family=family.name),
            )
        )
    text_config = checkpoint.config.get("text_config")
    if isinstance(text_config, dict) and text_config:  # mlx-vlm gives every text model an empty one
        found.append(_text_only(checkpoint))
    found += unknown_settings(family, config)
    found += (*sampling_findings(checkpoint.generation_config), *left_out(checkpoint.generation_config))
    return tuple(found)


def _unmet(model: Model) -> tuple[Requirement, ...]:
    """What config.json asks for in vain. An embedding model's file says whether tokens see what comes after them."""
    assert model.family is not None
    embeds = model.checkpoint.purpose.task is Task.EMBEDDING
    unmet = (one for one in model.family.all_requirements if not one.fits(model.config))
    return tuple(one for one in unmet if one is not CAUSAL or not embeds)


def _text_only(checkpoint: Checkpoint) -> Finding:
    base = checkpoint.model_card.get("base_model")
    name = base[0] if isinstance(base, list) and base else base
    model = name if isinstance(name, str) else text("the base model")
    return info(
        "text-only",
        text("This is the text part of a model that also sees or hears."),
        text(
            "llama.cpp reads pictures with a second file, an mmproj. "
            "Fine-tuning with mlx-lm leaves that part as it was."
        ),
        text("Use the mmproj GGUF that was published for {model}.", model=model),
    )


def _unsupported(family: Architecture, config: Config, requirement: Requirement) -> Finding:
    name, only = requirement.name, requirement.only
    if requirement.is_assumed:
        return info(
            "assumed-setting",
            text("config.json does not set {setting}.", setting=name),
            text("MLX Ferry assumes {expected}, as in the published models.", expected=only),
            text("If this model differs, copy {setting} from its base model's config.json.", setting=name),
            name,
        )
    if requirement.is_tolerated:
        return warning(
            "computed-otherwise",
            text("llama.cpp's {family} has {computed}.", family=family.name, computed=only),
            text(
                "That is not what the model was trained with ({setting}): its answers will differ from MLX's.",
                setting=name,
            ),
            text("Compare the file's answers with MLX's before you rely on it."),
            name,
        )
    value = config.get(name)
    if requirement.is_made_up_for:
        return info(
            "folded-setting",
            text("config.json sets {setting} to {value!r:.60}.", setting=name, value=value),
            text(
                "llama.cpp's {family} supports only {known}; weights are scaled so that the file computes the same.",
                family=family.name,
                known=only,
            ),
            text("No action is needed. A file made by llama.cpp's own converter would lack this."),
            name,
        )
    return blocker(
        "unsupported-setting",
        text("config.json asks for a {setting} that {program} does not support.", setting=name, program=requirement.by)
        if value is None  # it follows from other settings, or stands under another name
        else text("config.json sets {setting} to {value!r:.60}.", setting=name, value=value),
        text(
            "{program}'s {family} supports only {known}; the converted model would compute something else.",
            program=requirement.by,
            family=family.name,
            known=only,
        ),
        text("This model cannot become a GGUF file of type {kind}.", kind=family.gguf),
        name,
    )


def _published_layout(family: Architecture, layout: Layout) -> Finding:
    return blocker(
        "published-layout",
        text("This is {family} in the Hugging Face layout, as it was published.", family=family.name)
        if layout is Layout.HUGGING_FACE
        else text("Some tensors of this {family} are in the Hugging Face layout, as published.", family=family.name),
        text("mlx-lm arranges this family's tensors differently, and MLX Ferry reads only its arrangement."),
        text("Use llama.cpp's own converter, or save the model once with mlx_lm.convert."),
    )


def tensor_findings(model: Model, sources: SourceTensors) -> tuple[Finding, ...]:
    """About single tensors: unknown, missing, of a shape or dtype that does not fit."""
    assert model.family is not None
    family, embedding = model.family, model.embedding
    if sources.is_refused:
        return ()  # what is arranged in another way is neither missing nor misshapen
    present = [(one, sources.found[one.key]) for one in model.expected if one.key in sources.found]
    found = [*_unknown(family, sources.unknown), *_missing((*sources.missing, *_lost(model, sources)))]
    found += packing_doubts(present, model.checkpoint.quantization)
    present = [(one, held) for one, held in present if all(tensor.is_settled for tensor in held.named)]
    tables = (family.embedding, family.lm_head)  # their rows are counted and compared
    found += [
        _misshapen(held)
        for one, held in present
        if not fits(one, held) or (one.rule.name in tables and len(held.named[0].shape) != 2)
    ]
    named = [held.named for _, held in present]
    found += [_unwritable(tensors[0]) for tensors in named if not _are_readable(tensors)]
    found += [_mixed(tensors) for tensors in named if not are_stackable(tensors)]
    rows, expected = model.config.get("vocab_size"), embedding.shape[0] if embedding and embedding.shape else 0
    if embedding and expected > MOST_ROWS:
        found.append(_too_many_rows(embedding))
    if isinstance(rows, int) and rows != expected and embedding:
        found.append(
            warning(
                "vocabulary-size",
                text(
                    "config.json says {tokens:,} tokens, the embedding has {rows:,} rows.", tokens=rows, rows=expected
                ),
                text("The embedding's rows count."),
                subject=embedding.name,
            )
        )
    return tuple(found)


def what_explains(found: Iterable[Finding], model: Model, sources: SourceTensors) -> Finding | None:
    """The one thing that is wrong, where something is with tensors and the reason is known."""
    if not any(finding.severity is Severity.BLOCKER for finding in found):
        return None
    return foreign_quantization(model.checkpoint) or classifier(model.checkpoint, sources.unknown)


def _lost(model: Model, sources: SourceTensors) -> Iterator[str]:
    """What a model need not have, and this folder had by its index; of an output head the verdict says so."""
    assert model.family is not None
    lost = lost_names(model.checkpoint, model.family) - {model.family.lm_head}
    for one in model.expected if lost else ():
        if one.rule.optional and one.key not in sources.found:
            yield from (name for form in one.forms(sources.layout) for name in form.names if name in lost)


def _are_readable(tensors: Iterable[ModelTensor]) -> bool:
    return all(is_readable(tensor) for tensor in tensors)


def _mixed(tensors: tuple[ModelTensor, ...]) -> Finding:
    return blocker(
        "mixed-experts",
        text("The experts of {tensor} are not all stored in the same way.", tensor=tensors[0].name),
        text("The GGUF file stores them as one tensor of one type."),
        text("Save the model again with mlx-lm."),
        tensors[0].name,
    )


def _unknown(family: Architecture, tensors: tuple[ModelTensor, ...]) -> list[Finding]:
    if not tensors:
        return []
    return [
        blocker(
            "unknown-tensor",
            counted(
                "{count} tensor is unknown for {family}: {names}.",
                "{count} tensors are unknown for {family}: {names}.",
                len(tensors),
                family=family.name,
                names=_some(tensor.name for tensor in tensors),
            ),
            text("Leaving them out would change the model."),
            text("Please report this with the name of the model."),
            tensors[0].name,
        )
    ]


def _missing(names: tuple[str, ...]) -> list[Finding]:
    if not names:
        return []
    return [
        blocker(
            "missing-tensor",
            counted(
                "{count} tensor of the model is missing: {names}.",
                "{count} tensors of the model are missing: {names}.",
                len(names),
                names=_some(names),
            ),
            text("The model cannot compute without them."),
            DOWNLOAD_AGAIN,
            names[0],
        )
    ]


def _some(names: Any) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (", …" if len(listed) > 3 else "")


def _misshapen(sources: Sources) -> Finding:
    tensor = sources.named[0]
    expected = " × ".join(f"{length:,}" for length in sources.form.shape)
    actual = " × ".join(f"{length:,}" for length in tensor.shape)
    return blocker(
        "wrong-shape",
        text(
            "{tensor} is {shape}, but config.json asks for {expected}.",
            tensor=tensor.name,
            shape=actual or text("a single number"),
            expected=expected,
        ),
        text("llama.cpp would not load the file."),
        text("config.json and the weights belong to different models: copy both from the same place."),
        tensor.name,
    )


def _unwritable(tensor: ModelTensor) -> Finding:
    packing = tensor.quantization
    return blocker(
        "unsupported-dtype",
        text("{tensor} is packed in MLX's mode {mode}.", tensor=tensor.name, mode=packing.mode)
        if packing
        else text("{tensor} is stored as {dtype}.", tensor=tensor.name, dtype=tensor.dtype),
        text("This version reads bfloat16, float16, float32, MLX's affine, mxfp4, mxfp8 and nvfp4, and K-quants."),
        text("Save the model again, for example with mlx_lm.fuse --dequantize."),
        tensor.name,
    )


def _too_many_rows(embedding: ModelTensor) -> Finding:
    return blocker(
        "too-many-rows",
        text(
            "{tensor} has {rows:,} rows; no model has more than a million tokens.",
            tensor=embedding.name,
            rows=embedding.shape[0],
        ),
        text("The vocabulary is not read."),
        text("Copy or download the folder again."),
        embedding.name,
    )
