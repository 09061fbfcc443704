"""What happens to weights that MLX has quantized: nothing is lost, or how much, and what would lose nothing."""

from collections.abc import Iterator
from dataclasses import replace
from math import isinf

from gguf import GGMLQuantizationType

from app.core.findings import Finding, note, warning
from app.core.ggml_types import OUTPUTS, OutputType, Recipe
from app.core.human_text import bytes_in_words
from app.core.model.packing import exact_type, is_certain_after_a_look
from app.core.plan.conversion_plan import Method, PlannedTensor
from app.core.plan.types.tensor_types import Draft, TypeRules, choose_types

T = GGMLQuantizationType


def has_blocks(tensors: tuple[PlannedTensor, ...]) -> bool:
    """Whether scales have to be looked at before types are certain."""
    packings = (source.quantization for tensor in tensors for source in tensor.sources)
    return any(packing is not None and is_certain_after_a_look(packing) for packing in packings)


def packing_findings(tensors: tuple[PlannedTensor, ...], rules: TypeRules) -> Iterator[Finding]:
    """About the folder's quantized tensors, once their scales were looked at."""
    packed = [tensor for tensor in tensors if any(source.quantization for source in tensor.sources)]
    if not packed:
        return
    again = [tensor for tensor in packed if _loses_again(tensor, rules.options.output_type)]
    if again:
        yield _twice(again, _lossless_bytes(tensors, rules))
    if OUTPUTS[rules.options.output_type].recipe is Recipe.BY_FOLDER:
        yield _how_exact(packed, rules.options.output_type)
        moved = [tensor for tensor in packed if _is_decoded(tensor) and tensor.choice is None]
        if moved:
            yield _decoded(moved)


def _loses_again(tensor: PlannedTensor, output_type: OutputType) -> bool:
    wished = OUTPUTS[output_type].recipe is not Recipe.BY_FOLDER or tensor.choice is not None
    return wished and tensor.error is None and tensor.type not in (T.F16, T.BF16)


def _lossless_bytes(tensors: tuple[PlannedTensor, ...], rules: TypeRules) -> int:
    drafts = [Draft(tensor.name, tensor.shape, tensor.sources, tensor.ops) for tensor in tensors if tensor.sources]
    lossless = replace(rules, options=replace(rules.options, output_type=OutputType.LOSSLESS, tensor_types=()))
    return sum(tensor.byte_count for tensor in choose_types(drafts, lossless))


def _is_decoded(tensor: PlannedTensor) -> bool:
    """Although GGUF has blocks for the codes."""
    packing = tensor.sources[0].quantization
    is_encoded = tensor.method is Method.ENCODE and not tensor.reason and tensor.type is not T.F32
    return is_encoded and packing is not None and exact_type(packing) is not None


def _how_exact(packed: list[PlannedTensor], output_type: OutputType) -> Finding:
    exact = [tensor for tensor in packed if tensor.error == 0]
    rounded = [tensor.error for tensor in packed if tensor.error]
    nearest = [tensor for tensor in packed if tensor.error is None and tensor.choice is None]
    largest = f"; largest error {max(rounded):.1e}" if rounded and not isinf(max(rounded)) else ""
    rest = {
        OutputType.AUTO: "which takes about the room they take now",
        OutputType.LOSSLESS: "the nearest that is",
    }.get(output_type)
    return note(
        "packed-weights",
        f"Exact: {len(exact)} of {len(packed)} quantized tensors{largest}.",
        f"They become {_kinds([one for one in packed if one.error is not None])}, which hold the same numbers."
        if not nearest
        else f"{len(nearest)} have no such blocks in GGUF and become {_kinds(nearest)}, {rest}.",
        "" if not nearest else "The report tells the error of each after the conversion.",
    )


def _twice(again: list[PlannedTensor], lossless_bytes: int) -> Finding:
    return warning(
        "quantized-twice",
        f"{len(again)} tensors are quantized already and are quantized again, to {_kinds(again)}.",
        "That loses twice: the new blocks do not hold the old values.",
        f"Choose lossless, which loses nothing that GGUF can hold, in {bytes_in_words(lossless_bytes)}.",
    )


def _decoded(moved: list[PlannedTensor]) -> Finding:
    return note(
        "decoded-weights",
        f"{len(moved)} quantized tensors are decoded: llama.cpp wants their values in another order than whole groups.",
        f"They become {_kinds(moved)}, which takes more space.",
        subject=moved[0].name,
    )


def _kinds(tensors: list[PlannedTensor]) -> str:
    return ", ".join(sorted({tensor.type.name for tensor in tensors}))
