"""Where the shapes of packed tensors do not bear out config.json, about the tensors that the model has a use for."""

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.grouping import module_of
from app.core.checkpoint.quantization import Quantization, QuantizationSettings
from app.core.findings import NAMED, Finding, blocker, info, warning
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.shapes import fits
from app.core.model.sources import Sources
from app.core.text import Text, counted, joined, text

Present = list[tuple[ExpectedTensor, Sources]]
Lost = list[tuple[ModelTensor, Quantization | None]]  # a tensor, and what the settings say of it


def packing_doubts(present: Present, settings: QuantizationSettings | None) -> tuple[Finding, ...]:
    """A stop for each tensor that cannot be read, one for all that can, but in no way that is wide enough, and a note.

    The note is about all tensors for which the settings say something else, or nothing.
    """
    contradictory = [tensor for _, held in present for tensor in held.named if tensor.contradiction]
    open_ones = [
        (held, tensor)
        for _, held in present
        for tensor in held.named
        if not tensor.is_settled and not tensor.contradiction
    ]
    sound = (tensor for one, held in present if fits(one, held) for tensor in held.named)
    lost = [(tensor, _said(tensor, settings)) for tensor in {one.name: one for one in sound}.values()]
    lost = [(tensor, said) for tensor, said in lost if _loses(tensor, said, settings)]
    found = [_contradiction(tensor) for tensor in contradictory]
    if open_ones:
        found.append(_no_way(open_ones))
    if lost:
        found.append(_note(lost, settings))
    return tuple(found)


def _said(tensor: ModelTensor, settings: QuantizationSettings | None) -> Quantization | None:
    return settings.for_module(module_of(tensor.name)) if settings else None


def _loses(tensor: ModelTensor, said: Quantization | None, settings: QuantizationSettings | None) -> bool:
    way = tensor.quantization
    if way is None or tensor.scales is None:
        return False
    if way.mode != "affine" and settings and settings.default and not settings.names(module_of(tensor.name)):
        return False  # a mode without biases is never asked for by name: its scales tell it
    return said is None or (said.bits, said.group_size, said.mode) != (way.bits, way.group_size, way.mode)


def _note(lost: Lost, settings: QuantizationSettings | None) -> Finding:
    read = joined("; ", dict.fromkeys(tensor.quantization.in_words for tensor, _ in lost if tensor.quantization))
    said = joined("; ", dict.fromkeys(one.in_words if one else text("not quantized") for _, one in lost))
    is_said = settings is not None and not settings.faults
    is_named = settings is None or any(module_of(tensor.name) in settings.exceptions for tensor, _ in lost)
    return (warning if is_named or not is_said else info)(
        "packing-by-shapes",
        _what_is_wrong(lost, settings),
        text("Their shapes show how they were packed: {read}. config.json says: {said}.", read=read, said=said)
        if is_said
        else text("Their shapes show how they were packed: {read}.", read=read),
        _what_mlx_lm_does(settings, is_named),
        lost[0][0].name,
    )


def _what_is_wrong(lost: Lost, settings: QuantizationSettings | None) -> Text:
    if settings is None:
        return counted(
            "{count} tensor is quantized, but config.json has no MLX quantization settings.",
            "{count} tensors are quantized, but config.json has no MLX quantization settings.",
            len(lost),
        )
    if settings.faults:
        return text("The quantization settings in config.json are invalid: {reason}.", reason=settings.faults[0])
    return counted(
        "The quantization settings in config.json do not fit {count} tensor: {names}.",
        "The quantization settings in config.json do not fit {count} tensors: {names}.",
        len(lost),
        names=_some([tensor for tensor, _ in lost]),
    )


def _what_mlx_lm_does(settings: QuantizationSettings | None, is_named: bool) -> Text:
    if is_named:
        return text("mlx-lm cannot load this folder until config.json says the same.")
    if settings and settings.faults:
        return text("Correct config.json before you use this folder with mlx-lm.")
    return text("No action is needed: mlx-lm reads them in the same way.")


def _contradiction(tensor: ModelTensor) -> Finding:
    module = module_of(tensor.name)
    return blocker(
        "quantization-contradiction",
        text("The quantization of {module} is inconsistent: {reason}.", module=module, reason=tensor.contradiction),
        text("Its values cannot be dequantized."),
        text("Save the model again with mlx-lm, or correct the quantization settings in config.json."),
        module,
    )


def _no_way(open_ones: list[tuple[Sources, ModelTensor]]) -> Finding:
    held, tensor = open_ones[0]
    return blocker(
        "quantization-unknown",
        counted(
            "config.json does not say how {count} tensor is quantized: {names}.",
            "config.json does not say how {count} tensors are quantized: {names}.",
            len(open_ones),
            names=_some([tensor for _, tensor in open_ones]),
        ),
        text(
            "The shapes of {tensor} allow {ways}, but none of these gives rows of {width:,} values, which the other "
            "settings in config.json require.",
            tensor=tensor.name,
            ways=joined("; ", (way.in_words for way in tensor.ways)),
            width=held.form.shape[-1],
        ),
        text("config.json and the weights belong to different models: copy both from the same place."),
        tensor.name,
    )


def _some(tensors: list[ModelTensor]) -> str:
    return ", ".join(tensor.name for tensor in tensors[:NAMED]) + (", …" if len(tensors) > NAMED else "")
