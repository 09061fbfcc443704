"""What `inspect` prints: the card, the tensor table, the verdict, the findings."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.core.checkpoint import Checkpoint
from app.core.describe.summary import dtype_in_words, summary, what_happens
from app.core.findings import Finding, Severity
from app.core.human_text import bytes_in_words, shape_in_words
from app.core.plan import ConversionPlan, DroppedTensor, HeadKind, PlannedTensor
from app.core.plan.sources import Source
from app.core.text import in_one_line

MARKS = {Severity.NOTE: "·", Severity.WARNING: "!", Severity.STOP: "✗"}
NUMBERS = (3, 6)  # columns of the tensor table
WIDEST = 200  # characters that a column is made wide for; a longer cell pushes the rest of its line on


def card(checkpoint: Checkpoint, plan: ConversionPlan) -> str:
    """The model in a few lines."""
    rows = [("Folder", str(checkpoint.folder)), *summary(checkpoint, plan)]
    if plan.tensors:
        rows.append(("GGUF file", f"{plan.byte_count:,} bytes ({bytes_in_words(plan.byte_count)})"))
    lines = [checkpoint.name, *(f"  {title:<14}{text}" for title, text in rows)]
    return "\n".join(map(in_one_line, lines))


def tensor_table(plan: ConversionPlan) -> str:
    """One line per tensor, what it is in the folder → what it becomes; empty without tensors."""
    if not plan.tensors and not plan.dropped:
        return ""
    head = ("in the folder", "shape", "dtype", "bytes", "in the file", "type", "bytes", "what happens")
    return columns([head, *map(_planned_row, plan.tensors), *map(_dropped_row, plan.dropped)], right=NUMBERS)


def columns(rows: Sequence[tuple[str, ...]], right: tuple[int, ...] = ()) -> str:
    """Cells below each other, two spaces between columns; the columns `right` end together."""
    rows = [tuple(map(in_one_line, row)) for row in rows]
    widths = [min(max(len(row[column]) for row in rows), WIDEST) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths, right) for row in rows)


def _line(row: tuple[str, ...], widths: Iterable[int], right: tuple[int, ...]) -> str:
    cells = (
        cell.rjust(width) if column in right else cell.ljust(width)
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


def _dropped_row(tensor: DroppedTensor) -> tuple[str, ...]:
    return (*_source_cells(tensor.source), "–", "–", "–", what_happens(tensor))


def _source_cells(source: Source) -> tuple[str, ...]:
    return source.name, shape_in_words(source.shape), dtype_in_words(source), f"{source.byte_count:,}"


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


def findings(*plans: ConversionPlan) -> str:
    """What was found, the gravest first. Of several plans, a finding that not all have names the type."""
    order = list(reversed(Severity))
    ranked = sorted(_together(plans), key=lambda finding: order.index(finding.severity))
    return "\n".join(line for finding in ranked for line in _finding_lines(finding))


def _together(plans: Sequence[ConversionPlan]) -> Iterator[Finding]:
    shared = [finding for finding in plans[0].findings if all(finding in plan.findings for plan in plans)]
    yield from shared
    for plan in plans:
        own = (finding for finding in plan.findings if finding not in shared)
        yield from (replace(finding, what=f"{plan.options.output_type.value}: {finding.what}") for finding in own)


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield from textwrap.wrap(finding.what, 100, initial_indent=f"{MARKS[finding.severity]} ", subsequent_indent="  ")
    for text in (finding.meaning, finding.advice):
        yield from textwrap.wrap(text, 100, initial_indent="  ", subsequent_indent="  ")


def sections(checkpoint: Checkpoint, plan: ConversionPlan) -> Iterator[str]:
    """Everything, in the order in which it is read."""
    texts: tuple[Any, ...] = (card(checkpoint, plan), tensor_table(plan), verdict(plan), findings(plan))
    yield from (text for text in texts if text)
