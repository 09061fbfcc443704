"""What happens to weights that MLX has quantized: nothing is lost, or how much, and what would lose nothing."""

from collections.abc import Callable, Iterator
from math import isinf

from app.core.findings import Finding, info, warning
from app.core.ggml_types import OUTPUTS, OutputType, Recipe, T
from app.core.human_text import bytes_in_words
from app.core.model.packing import exact_type, is_certain_after_a_look
from app.core.plan.conversion_plan import Method, PlannedTensor
from app.core.plan.types.tensor_types import TypeRules
from app.core.remedies import ChooseType
from app.core.text import NOTHING, Text, counted, joined, text


def has_blocks(tensors: tuple[PlannedTensor, ...]) -> bool:
    """Whether scales have to be looked at before types are certain."""
    packings = (source.quantization for tensor in tensors for source in tensor.sources)
    return any(packing is not None and is_certain_after_a_look(packing) for packing in packings)


def has_packed_changes(tensors: tuple[PlannedTensor, ...]) -> bool:
    """Whether the size of an adapter's change has to be looked at before types are certain."""
    return any(source.updates and source.quantization for tensor in tensors for source in tensor.sources)


def packing_findings(
    tensors: tuple[PlannedTensor, ...], rules: TypeRules, lossless_size: Callable[[], int]
) -> Iterator[Finding]:
    """About the folder's quantized tensors, once their scales were looked at.

    `lossless_size`: bytes of the whole file in the lossless type, everything else as it was chosen.
    """
    packed = [tensor for tensor in tensors if any(source.quantization for source in tensor.sources)]
    if not packed:
        return
    again = [tensor for tensor in packed if _loses_again(tensor, rules.options.output_type)]
    if again:
        yield _twice(again, *_without_loss(again, rules, lossless_size))
    if _goes_by_folder(rules):
        yield _how_exact(packed, rules.options.output_type)
        moved = [tensor for tensor in packed if _is_decoded(tensor) and tensor.choice is None]
        if moved:
            yield _decoded(moved)


def _goes_by_folder(rules: TypeRules) -> bool:
    """Then only types that were chosen for single tensors lose anything again."""
    return OUTPUTS[rules.options.output_type].recipe is Recipe.BY_FOLDER


def _loses_again(tensor: PlannedTensor, output_type: OutputType) -> bool:
    wished = OUTPUTS[output_type].recipe is not Recipe.BY_FOLDER or tensor.choice is not None
    return wished and tensor.error is None and tensor.type not in (T.F16, T.BF16)


def _without_loss(
    again: list[PlannedTensor], rules: TypeRules, lossless_size: Callable[[], int]
) -> tuple[Text, tuple[ChooseType, ...]]:
    """What would lose nothing again, in words and as data: types that were chosen for single tensors stay."""
    chosen = sum(tensor.choice is not None for tensor in again)
    if _goes_by_folder(rules) or chosen == len(again):
        return text("Choose another type for these tensors, or none."), ()
    size, remedies = bytes_in_words(lossless_size()), (ChooseType(OutputType.LOSSLESS),)
    if chosen:
        return text(
            "Choose lossless, which loses nothing that GGUF can hold, in {size}; types chosen for single tensors stay.",
            size=size,
        ), remedies
    return text("Choose lossless, which loses nothing that GGUF can hold, in {size}.", size=size), remedies


def _is_decoded(tensor: PlannedTensor) -> bool:
    """Although GGUF has blocks for the codes."""
    packing = tensor.sources[0].quantization
    if _is_changed(tensor) or any(source.quantization != packing for source in tensor.sources):
        return False
    is_encoded = tensor.method is Method.ENCODE and not tensor.reason and tensor.type is not T.F32
    return is_encoded and packing is not None and exact_type(packing) is not None


def _is_changed(tensor: PlannedTensor) -> bool:
    """By an adapter: then the codes of the folder are not the values any more."""
    return any(source.updates for source in tensor.sources)


def _how_exact(packed: list[PlannedTensor], output_type: OutputType) -> Finding:
    nearest = [tensor for tensor in packed if tensor.error is None and tensor.choice is None]
    if not nearest:
        types = _kinds([one for one in packed if one.error is not None])
        return info(
            "packed-weights",
            _exact_count(packed),
            text("Written as {types}, with the same values.", types=types),
        )
    return info(
        "packed-weights",
        _exact_count(packed),
        joined(" ", (_changed_types(nearest), _nearest_types(nearest, output_type))),
        text("How much each of them changes is known after the conversion."),
    )


def _exact_count(packed: list[PlannedTensor]) -> Text:
    exact = sum(tensor.error == 0 for tensor in packed)
    largest = max((tensor.error for tensor in packed if tensor.error), default=0.0)
    if not largest or isinf(largest):
        return counted(
            "{exact} of {count} quantized tensor keeps its values.",
            "{exact} of {count} quantized tensors keep their values.",
            len(packed),
            exact=exact,
        )
    return counted(
        "{exact} of {count} quantized tensor keeps its values; the largest change is {error:.1e}.",
        "{exact} of {count} quantized tensors keep their values; the largest change is {error:.1e}.",
        len(packed),
        exact=exact,
        error=largest,
    )


def _changed_types(nearest: list[PlannedTensor]) -> Text:
    changed = [tensor for tensor in nearest if _is_changed(tensor)]
    if not changed:
        return NOTHING
    return counted(
        "The adapter changes {count} of them, which becomes {types}.",
        "The adapter changes {count} of them, which become {types}.",
        len(changed),
        types=_kinds(changed),
    )


def _nearest_types(nearest: list[PlannedTensor], output_type: OutputType) -> Text:
    nearest = [tensor for tensor in nearest if not _is_changed(tensor)]
    if not nearest:
        return NOTHING
    types = _kinds(nearest)
    if output_type is OutputType.AUTO:
        return counted(
            "GGUF has no matching format for {count} of them, which becomes {types} at about its present size.",
            "GGUF has no matching format for {count} of them, which become {types} at about their present size.",
            len(nearest),
            types=types,
        )
    return counted(
        "GGUF has no matching format for {count} of them, which becomes {types}, the nearest type.",
        "GGUF has no matching format for {count} of them, which become {types}, the nearest type.",
        len(nearest),
        types=types,
    )


def _twice(again: list[PlannedTensor], advice: Text, remedies: tuple[ChooseType, ...]) -> Finding:
    return warning(
        "quantized-twice",
        counted(
            "{count} quantized tensor is quantized a second time, to {types}.",
            "{count} quantized tensors are quantized a second time, to {types}.",
            len(again),
            types=_kinds(again),
        ),
        text("Quality is lost a second time: the new blocks cannot hold the old values."),
        advice,
        remedies=remedies,
    )


def _decoded(moved: list[PlannedTensor]) -> Finding:
    return info(
        "decoded-weights",
        counted(
            "{count} quantized tensor is dequantized: llama.cpp needs its values scaled, or in an order that "
            "breaks up groups.",
            "{count} quantized tensors are dequantized: llama.cpp needs their values scaled, or in an order that "
            "breaks up groups.",
            len(moved),
        ),
        text("Written as {types}, taking more space.", types=_kinds(moved)),
        subject=moved[0].name,
    )


def _kinds(tensors: list[PlannedTensor]) -> str:
    return ", ".join(sorted({tensor.type.name for tensor in tensors}))
