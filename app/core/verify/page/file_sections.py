"""How the file was made and checked, as sections of the page: lm_head, findings, the fine-tune, types and versions."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from app.core.describe.adapter_words import adapter_rows
from app.core.describe.fine_tune_kept import kept_findings, kept_in_words
from app.core.findings import Finding, Severity
from app.core.ggml_types import OUTPUTS
from app.core.human_text import bytes_in_words, duration_in_words
from app.core.plan import ConversionPlan, HeadKind, Method
from app.core.text import Text, joined, text
from app.core.verify.page.parts import BAD, OPEN, WARNING, Column, Facts, Note, Notes, Paragraph, Part, Section, Table
from app.core.verify.results.report import VerificationReport

METHODS: Mapping[Method, Text] = {
    Method.COPY: text("bytes copied"),
    Method.KEEP_BLOCKS: text("blocks kept"),
    Method.REPACK: text("codes repacked"),
    Method.ENCODE: text("encoded"),
    Method.REQUANTIZE: text("requantized"),
    Method.COMPUTE: text("computed"),
}
TONES = {Severity.INFO: OPEN, Severity.WARNING: WARNING, Severity.BLOCKER: BAD}


def head_section(plan: ConversionPlan) -> Section | None:
    """The verdict on lm_head with its evidence; None where nothing is known about a head."""
    head, comparison = plan.lm_head, plan.lm_head.comparison
    if not plan.tensors or head.kind is HeadKind.COMPARING:
        return None
    rows: list[tuple[str, str]] = [(text("Found"), head.kind.in_words), (text("Written"), head.action.in_words)]
    if comparison is not None and not comparison.are_equal:
        rows += [
            (text("Values that differ"), f"{comparison.share_differing:.2%}"),
            (text("Largest difference"), f"{comparison.largest:.4g}"),
            (
                text("Tokens that differ most"),
                ", ".join(f"{one.row} ({one.largest:.4g})" for one in comparison.worst_rows),
            ),
        ]
    return Section(text("Output layer (lm_head)"), (Facts(tuple(rows)),))


def findings_section(plan: ConversionPlan) -> Section | None:
    """The gravest first."""
    ranked = sorted(plan.findings, key=lambda one: one.severity.rank)
    return Section(text("Findings"), (_notes(ranked),)) if ranked else None


def _notes(findings: list[Finding]) -> Notes:
    return Notes(
        tuple(
            Note(one.severity.in_words, TONES[one.severity], tuple(filter(None, (one.what, one.meaning, one.advice))))
            for one in findings
        )
    )


def fine_tune_section(report: VerificationReport, plan: ConversionPlan) -> Section | None:
    """What adapters were trained for, and how much of it is in the file."""
    parts: list[Part] = [Paragraph(kept_in_words(report.kept))] if report.kept else []
    lost = kept_findings(report.kept)
    if lost:
        parts.append(_notes(list(lost)))
    parts += (
        Facts(((text("Adapter"), one.adapter.file.path.parent.name), *adapter_rows(one, plan))) for one in plan.adapters
    )
    return Section(text("Fine-tune"), tuple(parts)) if parts else None


def file_section(report: VerificationReport, plan: ConversionPlan) -> Section:
    """The file, its types, what it was made of and how, and what checked it."""
    imatrix = plan.options.imatrix
    rows: list[tuple[str, str]] = [
        (text("File"), report.file.name),
        (text("Size"), text("{count:,} bytes ({size})", count=plan.byte_count, size=bytes_in_words(plan.byte_count))),
        ("SHA-256", report.sha256 or text("not taken")),
        (text("Made from"), report.folder.name),
        (text("Architecture"), plan.architecture),
        (text("Output type"), OUTPUTS[plan.options.output_type].title),
    ]
    if imatrix is not None:
        rows.append((text("Importance matrix"), imatrix.file.path.name))
    if plan.options.tensor_types:
        rows.append((text("Types chosen"), joined(", ", map(str, plan.options.tensor_types))))
    checked: list[tuple[str, str]] = [
        (
            text("Checked with"),
            joined(", ", (f"{name} {version}" for name, version in report.versions)) or text("unknown"),
        ),
        (text("Machine"), report.machine or text("unknown")),
        (text("Time taken"), duration_in_words(report.seconds)),
    ]
    return Section(text("The file"), (Facts((*rows, *checked)), _types(plan)))


def _types(plan: ConversionPlan) -> Table:
    columns = (
        Column(text("Type")),
        Column(text("Tensors"), "number"),
        Column(text("Bytes"), "number"),
        Column(text("How they were written")),
    )
    return Table(columns, tuple(_type_rows(plan)))


def _type_rows(plan: ConversionPlan) -> Iterator[tuple[str, ...]]:
    """The type with the most bytes first."""
    counts, sizes, methods = Counter[str](), Counter[str](), defaultdict[str, Counter[Text]](Counter)
    for tensor in plan.tensors:
        name = tensor.type.name
        counts[name] += 1
        sizes[name] += tensor.byte_count
        methods[name][METHODS[tensor.method]] += 1
    for name, size in sizes.most_common():
        how = (
            text("{method} ({count:,})", method=method, count=count) for method, count in methods[name].most_common()
        )
        yield name, f"{counts[name]:,}", f"{size:,}", joined(", ", how)
