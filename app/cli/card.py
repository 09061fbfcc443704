"""What `inspect` prints: the card, the tensor table, the verdict, the findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from app.cli.columns import padded, width_of, wrapped
from app.cli.remedies import with_options
from app.core.checkpoint import Checkpoint
from app.core.convert import WrittenFile
from app.core.describe.adapter_words import adapter_rows
from app.core.describe.edited_metadata import edit_rows
from app.core.describe.fine_tune_kept import kept_findings, kept_in_words
from app.core.describe.part_words import part_rows
from app.core.describe.summary import dtype_in_words, summary, what_happens
from app.core.findings import Finding, Severity
from app.core.human_text import bytes_in_words, shape_in_words
from app.core.language import Language
from app.core.plan import ConversionPlan, DroppedTensor, HeadKind, PlannedTensor
from app.core.plan.sources import Source
from app.core.text import in_one_line, text

MARKS = {Severity.INFO: "·", Severity.WARNING: "!", Severity.BLOCKER: "✗"}
NUMBERS: tuple[int, ...] = (3, 6)  # columns of the tensor table
CHANGE = 7  # a column that is there with adapters
NO_CHANGES: Mapping[str, float] = MappingProxyType({})
WIDEST = 200  # characters that a column is made wide for; a longer cell pushes the rest of its line on


def card(checkpoint: Checkpoint, plan: ConversionPlan, language: Language) -> str:
    """The model in a few lines."""
    rows: list[tuple[str, str]] = [(text("Folder"), str(checkpoint.folder)), *summary(checkpoint, plan)]
    if plan.tensors:
        size = text("{count:,} bytes ({size})", count=plan.byte_count, size=bytes_in_words(plan.byte_count))
        rows.append((text("GGUF file"), size))
        rows += [*part_rows(plan), *edit_rows(plan.options.metadata)]
    return "\n".join(map(in_one_line, (checkpoint.name, *_rows(rows, language))))


def adapters(plan: ConversionPlan, language: Language) -> str:
    """What each adapter was trained for; empty without one."""
    lines: list[str] = []
    for one in plan.adapters:
        strength = [(text("Strength"), f"{one.strength:g}")] if one.adapter.modules else []
        lines.append(language(text("Adapter: {path}", path=one.adapter.file.path)))
        lines += _rows([*adapter_rows(one, plan), *strength], language)
    return "\n".join(map(in_one_line, lines))


def _rows(rows: Iterable[tuple[str, str]], language: Language) -> Iterator[str]:
    return (f"  {padded(language(title), 14)}{language(said)}" for title, said in rows)


def tensor_table(plan: ConversionPlan, language: Language, changes: Mapping[str, float] = NO_CHANGES) -> str:
    """One line per tensor, what it is in the folder → what it becomes; empty without tensors.

    `changes`, by name in the file: how large the change of adapters is, relative to the weights.
    """
    if not plan.tensors and not plan.dropped:
        return ""
    head = (
        text("in the folder"),
        text("shape"),
        text("dtype"),
        text("bytes"),
        text("in the file"),
        text("type"),
        text("bytes"),
        text("what happens"),
    )
    rows = [head, *map(_planned_row, plan.tensors), *map(_dropped_row, plan.dropped)]
    right = NUMBERS
    if changes:
        shares = [
            text("change"),
            *(_share(changes.get(one.name)) for one in plan.tensors),
            *("–" for _ in plan.dropped),
        ]
        rows, right = [(*row[:-1], share, row[-1]) for row, share in zip(rows, shares, strict=True)], (*NUMBERS, CHANGE)
    return columns((tuple(map(language, row)) for row in rows), right=right)


def _share(change: float | None) -> str:
    """Two digits: of large tensors it is an estimate."""
    if change is None:
        return "–"
    return f"{change:.{0 if change >= 0.0995 else 1 if change >= 0.00995 else 2}%}"


def columns(rows: Iterable[tuple[str, ...]], right: tuple[int, ...] = ()) -> str:
    """Cells below each other, two spaces between columns; the columns `right` end together."""
    rows = [tuple(map(in_one_line, row)) for row in rows]
    widths = [min(max(width_of(row[column]) for row in rows), WIDEST) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths, right) for row in rows)


def _line(row: tuple[str, ...], widths: Iterable[int], right: tuple[int, ...]) -> str:
    cells = (
        padded(cell, width, right=column in right) for column, (cell, width) in enumerate(zip(row, widths, strict=True))
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


def verdict(plan: ConversionPlan, language: Language) -> str:
    """The lm_head verdict with its evidence; empty where nothing is known about a head."""
    head = plan.lm_head
    if not plan.tensors or head.kind is HeadKind.COMPARING:
        return ""
    lines = [f"lm_head: {language(head.kind.in_words)} – {language(head.action.in_words)}"]
    if head.comparison is not None and not head.comparison.are_equal:
        rows = ", ".join(f"{row.row} ({row.largest:.4g})" for row in head.comparison.worst_rows)
        worst = text("The tokens that differ most, with their largest difference: {rows}", rows=rows)
        lines.append(f"  {language(worst)}")
    return "\n".join(lines)


def fine_tune(written: tuple[WrittenFile, ...], language: Language) -> str:
    """How much of an adapter's change each file holds; empty without one."""
    lines: list[str] = []
    for one in written:
        if one.kept:
            name = f"{one.path.name}: " if len(written) > 1 else ""
            lines += [f"{name}{language(kept_in_words(one.kept))}"]
            lines += (line for finding in kept_findings(one.kept) for line in finding_lines(finding, name, language))
    return "\n".join(map(in_one_line, lines))


def findings(language: Language, *plans: ConversionPlan) -> str:
    """What was found, the gravest first. Of several plans, a finding that not all have names the type."""
    ranked = sorted(_together(plans), key=lambda one: one[1].severity.rank)
    return "\n".join(line for kind, finding in ranked for line in finding_lines(finding, kind, language))


def _together(plans: Sequence[ConversionPlan]) -> Iterator[tuple[str, Finding]]:
    """With the type of the only plan that has it, where there are several."""
    shared = [finding for finding in plans[0].findings if all(finding in plan.findings for plan in plans)]
    yield from (("", finding) for finding in shared)
    for plan in plans:
        kind = f"{plan.options.output_type.value}: "
        yield from ((kind, finding) for finding in plan.findings if finding not in shared)


def finding_lines(finding: Finding, kind: str, language: Language) -> Iterator[str]:
    """All that it says, with `kind` before it."""
    yield from wrapped(f"{kind}{language(finding.what)}", f"{MARKS[finding.severity]} ")
    for said in (finding.meaning, with_options(finding)):
        yield from wrapped(language(said), "  ")


def sections(
    checkpoint: Checkpoint, plan: ConversionPlan, language: Language, changes: Mapping[str, float] = NO_CHANGES
) -> Iterator[str]:
    """Everything, in the order in which it is read."""
    parts = (
        card(checkpoint, plan, language),
        adapters(plan, language),
        tensor_table(plan, language, changes),
        verdict(plan, language),
        findings(language, plan),
    )
    yield from (part for part in parts if part)
