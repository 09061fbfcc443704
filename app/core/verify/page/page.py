"""verification_page: a report as one HTML page, the same bytes for the same report."""

import unicodedata
from collections.abc import Iterator

from app.core.language import Language, english
from app.core.plan import ConversionPlan
from app.core.resources import resource_path
from app.core.text import escaped, in_one_line, text
from app.core.verify.page.chart import fitting
from app.core.verify.page.engine_sections import answers_section, distributions_section
from app.core.verify.page.file_sections import file_section, findings_section, fine_tune_section, head_section
from app.core.verify.page.parts import Section
from app.core.verify.page.proof_sections import steps_section, vocabulary_section, weights_section
from app.core.verify.results.report import Verdict, VerificationReport

JOINERS = "\u200c\u200d"  # letters of Persian and emoji need them
TONES = {Verdict.SAME: "good", Verdict.CLOSE: "good", Verdict.DEGRADED: "warning", Verdict.BROKEN: "bad"}


def verification_page(report: VerificationReport, plan: ConversionPlan, language: Language | None = None) -> str:
    """Everything of a report and of the plan that its file was written by; it loads nothing and runs nothing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # a tenth of what a start of the window imports

    say = language or english()
    environment = Environment(
        loader=FileSystemLoader(resource_path("verification")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"say": lambda said: in_one_line(say(said)), "lines": in_lines, "fitting": fitting}
    return environment.get_template("page.html").render(
        code=say.code.replace("_", "-"),
        model=plan.model_name,
        report=report,
        tone=TONES[report.verdict],
        words=_words(),
        sections=tuple(_sections(report, plan)),
    )


def in_lines(said: str) -> str:
    """A text that may have lines and any letters, without what moves or turns around what stands beside it."""
    return "".join(sign if _is_harmless(sign) else escaped(sign) for sign in said)


def _is_harmless(sign: str) -> bool:
    return sign.isprintable() or sign in "\n\t" or sign in JOINERS or unicodedata.category(sign) == "Zs"


def _sections(report: VerificationReport, plan: ConversionPlan) -> Iterator[Section]:
    """Those that there is something to show in."""
    yield steps_section(report)
    if report.weights is not None:
        yield weights_section(report.weights)
    if report.vocabulary is not None:
        yield vocabulary_section(report.vocabulary)
    if report.distributions is not None:
        yield distributions_section(report.distributions, report.limits)
    if report.answers:
        yield answers_section(report.answers)
    for section in (head_section(plan), fine_tune_section(report, plan), findings_section(plan)):
        if section is not None:
            yield section
    yield file_section(report, plan)


def _words() -> dict[str, str]:
    """What the template itself says."""
    return {
        "subtitle": text("Verification of a GGUF file against its MLX folder"),
        "prompt": text("Prompt"),
        "axis": text("nats"),
        "positions": text("Positions, in the order of the text"),
        "end": text("Made by MLX Ferry. mlx-lm with the folder, computing in float32, is taken for the truth."),
    }
