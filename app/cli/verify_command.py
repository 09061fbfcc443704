"""verify: any GGUF file against the folder that it is said to come from.

`convert` knows it, too, and what proves is loaded only when something is to be proved.
"""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from app.cli.output import say
from app.cli.progress_bar import ProgressBar
from app.core.convert import WrittenFile, prepare
from app.core.describe.plan_json import as_json
from app.core.errors import PlanError
from app.core.model.fine_tunes import open_fine_tune
from app.core.model.identify import identify
from app.core.plan import ConversionPlan, Prepared
from app.core.text import escaped, text

if TYPE_CHECKING:
    from app.core.verify.results.report import VerificationReport


def run_verify(arguments: Namespace) -> None:
    """Say what was proven of the file. Raises AppError, and PlanError for a file that is not what it should be."""
    from app.core.verify.results.verification_data import verification_data
    from app.core.verify.verification import Check, verify
    from app.core.verify.write_verification import check_verification_target, write_verification

    checkpoint, adapters = open_fine_tune(arguments.folder, arguments.adapter)
    if arguments.report:
        check_verification_target(arguments.report, checkpoint.folder, arguments.file, arguments.overwrite)
    check = Check(with_predictions=not arguments.quick, text=arguments.text)
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        prepared = prepare(identify(checkpoint, adapters), on_progress=bar)
        report = verify(prepared, None, arguments.file, check=check, on_progress=bar)
    if arguments.report and report.plan:
        write_verification(report, report.plan, arguments.report, arguments.overwrite, arguments.language)
    say(as_json(verification_data(report)) if arguments.json else in_words(report, arguments))
    refuse_bad((report,))


def verify_written(
    prepared: Prepared, plans: Sequence[ConversionPlan], written: Sequence[WrittenFile], arguments: Namespace
) -> tuple["VerificationReport", ...]:
    """The same for files that were just converted."""
    from app.core.verify.verification import verify, with_kept

    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        return tuple(
            with_kept(verify(prepared, plan, one.path, on_progress=bar), one.kept)
            for plan, one in zip(plans, written, strict=True)
        )


def in_words(report: "VerificationReport", arguments: Namespace) -> str:
    """A line for each thing that a person should know."""
    from app.core.verify.results.report_words import report_in_words

    return "\n".join(escaped(arguments.language(line)) for line in report_in_words(report))


def refuse_bad(reports: Sequence["VerificationReport"]) -> None:
    """What was said of a file is then an error for whoever called."""
    for report in reports:
        if not report.verdict.is_good:
            raise PlanError(text("The file did not pass the check: {verdict}.", verdict=report.verdict.title))
