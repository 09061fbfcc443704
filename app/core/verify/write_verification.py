"""write_verification: a report as a page, as JSON or as Markdown, by the name of the file."""

from collections.abc import Callable
from pathlib import Path

from app.core.convert import check_target, is_same_place
from app.core.convert.part_file import write_text
from app.core.describe.plan_json import as_json, plan_data
from app.core.errors import TargetError
from app.core.language import Language, english
from app.core.plan import ConversionPlan
from app.core.text import text
from app.core.verify.page import verification_page
from app.core.verify.results.report import VerificationReport
from app.core.verify.results.report_words import markdown_lines
from app.core.verify.results.verification_data import verification_data

Form = Callable[[VerificationReport, ConversionPlan, Language], str]


def check_verification_target(path: Path, folder: Path, file: Path, overwrite: bool) -> None:
    """Before the work: refuse a report that could not be written, or would replace the file. Raises TargetError."""
    if path.suffix.lower() not in _FORMS:
        raise TargetError(
            text("{path} is not a name for a verification report.", path=path),
            text("Choose a name that ends in .html, .json or .md."),
        )
    if is_same_place(path.absolute(), file.absolute()):
        raise TargetError(
            text("{path} cannot be both the model and the report.", path=path),
            text("Choose another name for the report."),
        )
    check_target(path.absolute(), folder, 0, overwrite)


def write_verification(
    report: VerificationReport,
    plan: ConversionPlan,
    path: Path,
    overwrite: bool = True,
    language: Language | None = None,
) -> None:
    """One page (.html), everything with the plan as JSON (.json), or lines for a model card (.md). Raises TargetError.

    What is JSON is never translated.
    """
    check_verification_target(path, report.folder, report.file, overwrite)
    form = _FORMS[path.suffix.lower()]
    write_text(path, form(report, plan, language or english()), overwrite)


def _json(report: VerificationReport, plan: ConversionPlan, _: Language) -> str:
    return as_json({**verification_data(report), "plan": plan_data(plan)}) + "\n"


def _markdown(report: VerificationReport, _: ConversionPlan, language: Language) -> str:
    return markdown_lines(report, language) + "\n"


_FORMS: dict[str, Form] = {".html": verification_page, ".json": _json, ".md": _markdown}
