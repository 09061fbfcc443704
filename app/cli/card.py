"""What `inspect` prints: the card, the tensor table, the verdict, the findings."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.findings import Finding, Severity
from app.core.plan import ConversionPlan, HeadKind, PlannedTensor
from app.core.words import bytes_in_words, count_in_words, shape_in_words

MARKS = {Severity.NOTE: "·", Severity.WARNING: "!", Severity.STOP: "✗"}
RIGHT = (3, 6)  # columns of numbers


def card(checkpoint: Checkpoint, plan: ConversionPlan) -> str:
    """The model in a few lines."""
    rows = [
        ("Folder", str(checkpoint.folder)),
        ("Model", f"{plan.architecture or 'unknown'} ({checkpoint.model_type or 'no model type'})"),
        ("Weights", _weights(checkpoint)),
        ("Tokenizer", _tokenizer(plan)),
        ("Chat template", checkpoint.tokenizer.chat_template_source or "none"),
    ]
    if plan.tensors:
        rows.append(("GGUF file", f"{plan.byte_count:,} bytes ({bytes_in_words(plan.byte_count)})"))
    return "\n".join([checkpoint.name, *(f"  {title:<14}{text}" for title, text in rows)])


def _weights(checkpoint: Checkpoint) -> str:
    if not checkpoint.tensors:
        return "none"
    kinds = Counter[str]()
    for tensor in checkpoint.tensors:
        kinds[_dtype(tensor)] += tensor.byte_count
    kind = ", ".join(name for name, _ in kinds.most_common(3))
    file_count = len(checkpoint.files)
    saved = "saved by MLX" if checkpoint.saved_by_mlx else "not saved by MLX"
    return (
        f"{count_in_words(checkpoint.parameter_count)} values in {len(checkpoint.tensors)} tensors, {kind}, "
        f"{bytes_in_words(checkpoint.byte_count)} in {file_count} file{'' if file_count == 1 else 's'}, {saved}"
    )


def _tokenizer(plan: ConversionPlan) -> str:
    values = {entry.key: entry.value for entry in plan.metadata}
    tokens = values.get("tokenizer.ggml.tokens", ())
    if not tokens:
        return "none that can be used"
    special = (
        f"{title} {tokens[values[key]]!r}"
        for title, key in (("begin", "tokenizer.ggml.bos_token_id"), ("end", "tokenizer.ggml.eos_token_id"))
        if key in values
    )
    return ", ".join((f"{len(tokens):,} tokens", *special))


def tensor_table(plan: ConversionPlan) -> str:
    """One line per tensor, what it is in the folder → what it becomes; empty without tensors."""
    if not plan.tensors and not plan.dropped:
        return ""
    head = ("in the folder", "shape", "dtype", "bytes", "in the file", "type", "bytes", "what happens")
    rows = [head, *map(_planned_row, plan.tensors), *(_dropped_row(d.source, d.reason) for d in plan.dropped)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: tuple[str, ...], widths: Iterable[int]) -> str:
    cells = (
        cell.rjust(width) if column in RIGHT else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def _planned_row(tensor: PlannedTensor) -> tuple[str, ...]:
    return (
        *_source_cells(tensor.source),
        tensor.name,
        tensor.type.name,
        f"{tensor.byte_count:,}",
        what_happens(tensor),
    )


def _dropped_row(source: ModelTensor, reason: str) -> tuple[str, ...]:
    return (*_source_cells(source), "–", "–", "–", f"left out: {reason}")


def _source_cells(source: ModelTensor) -> tuple[str, ...]:
    return source.name, shape_in_words(source.shape), _dtype(source), f"{source.byte_count:,}"


def _dtype(tensor: ModelTensor) -> str:
    packing = tensor.quantization
    return tensor.dtype if packing is None else f"{packing.bits}-bit, groups of {packing.group_size}"


def what_happens(tensor: PlannedTensor) -> str:
    """In a few words."""
    if tensor.is_copied:
        return "copied"
    steps = [tensor.note or ("decoded" if tensor.source.quantization else ""), *(str(op) for op in tensor.ops)]
    if tensor.source.quantization is None and tensor.source.dtype != tensor.type.name:
        steps.append(f"{tensor.source.dtype} to {tensor.type.name}")
    return ", ".join(step for step in steps if step)


def verdict(plan: ConversionPlan) -> str:
    """The lm_head verdict with its evidence; empty where nothing is known about a head."""
    head = plan.lm_head
    if not plan.tensors or head.kind is HeadKind.COMPARING:
        return ""
    lines = [f"lm_head: {head.kind.value} – {head.action.value}"]
    if head.comparison is not None and not head.comparison.are_equal:
        rows = ", ".join(f"{row.row} ({row.largest:.4g})" for row in head.comparison.worst_rows)
        lines.append(f"  The tokens that differ most, with their largest difference: {rows}")
    return "\n".join(lines)


def findings(plan: ConversionPlan) -> str:
    """What was found, the gravest first."""
    order = list(reversed(Severity))
    ranked = sorted(plan.findings, key=lambda finding: order.index(finding.severity))
    return "\n".join(line for finding in ranked for line in _finding_lines(finding))


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield from textwrap.wrap(finding.what, 100, initial_indent=f"{MARKS[finding.severity]} ", subsequent_indent="  ")
    for text in (finding.meaning, finding.advice):
        yield from textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="  ")


def sections(checkpoint: Checkpoint, plan: ConversionPlan) -> Iterator[str]:
    """Everything, in the order in which it is read."""
    texts: tuple[Any, ...] = (card(checkpoint, plan), tensor_table(plan), verdict(plan), findings(plan))
    yield from (text for text in texts if text)
