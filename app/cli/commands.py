"""inspect and convert: from arguments to the core and back to words."""

import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.bring_written import bring_written, check_destination
from app.cli.card import columns, findings, fine_tune, sections, verdict
from app.cli.model_card import check_card, write_card
from app.cli.output import say
from app.cli.progress_bar import ProgressBar
from app.cli.refused import RefusedError
from app.cli.remedies import with_options
from app.cli.result import summary, tell, whole_in_any_case
from app.cli.verify_command import in_words, refuse_bad, verify_written
from app.core.architectures import Layout
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.convert import (
    WrittenFile,
    check_target,
    convert_all,
    is_same_place,
    prepare,
    prepare_plan,
    report_data,
    sha256_of,
    write_report,
)
from app.core.convert.target import default_targets
from app.core.describe.fine_tuned import changes_by_name
from app.core.describe.plan_json import as_json, plan_data
from app.core.errors import TargetError
from app.core.ggml_types import OutputType
from app.core.model.fine_tunes import open_fine_tune, place_beside
from app.core.model.identify import identify
from app.core.plan import ConversionPlan, HeadChoice, PlanOptions, Prepared
from app.core.plan.split import plan_paths
from app.core.plan.types.tensor_choices import load_choices
from app.core.resources import SAMPLE, resource_path
from app.core.sudden_end import before_sudden_end, undisturbed
from app.core.text import counted, text
from app.core.weights.change_sizes import change_sizes
from app.core.weights.imatrix_file import read_imatrix

if TYPE_CHECKING:
    from app.core.verify.results.report import VerificationReport

Plans = tuple[ConversionPlan, ...]


def run_inspect(arguments: Namespace) -> None:
    """Print what is inside. A folder that cannot be converted is shown too; that is what inspecting is for."""
    base, prepared, (plan,) = _prepare(arguments)
    checkpoint = prepared.model.checkpoint
    changes = _changes(base, checkpoint, plan, arguments)
    if arguments.json:
        data = plan_data(plan)
        if plan.adapters:
            for tensor in data["tensors"]:
                tensor["relative_change"] = changes.get(tensor["name"])
        _print_json(data)
        return
    for number, section in enumerate(sections(checkpoint, plan, arguments.language, changes)):  # may be very long
        say("\n" * bool(number) + section)


def _changes(base: Checkpoint, tuned: Checkpoint, plan: ConversionPlan, arguments: Namespace) -> dict[str, float]:
    """By name in the file, how large the change of adapters is; empty without any, and where something stops."""
    if not plan.adapters or plan.blockers:
        return {}
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        return changes_by_name(plan, change_sizes(base.tensors, tuned.tensors, bar))


def run_convert(arguments: Namespace) -> None:
    """Convert and say what was written. Raises AppError."""
    _, prepared, plans = _prepare(arguments)
    checkpoint = prepared.model.checkpoint
    for plan in plans:
        _refuse(plan)
    targets = _targets(checkpoint, plans, arguments.output or place_beside(arguments.folder, checkpoint.folder))
    _check_report(arguments.report, plans, targets, checkpoint.folder, arguments.overwrite)
    check_destination(plans, targets, arguments)
    check_card(plans, targets, checkpoint.folder, arguments)
    written = _convert(plans, targets, arguments)
    with whole_in_any_case(written):
        reports = verify_written(prepared, plans, written, arguments) if arguments.verify else ()
        uploading = write_card(prepared, plans, written, reports, arguments)
        data = _report(plans, written, reports, arguments) if arguments.report or arguments.json else None
        if arguments.json:
            _print_json(data)
            refuse_bad(reports)
            bring_written(written, _digests(reports), arguments)
            return
    language = arguments.language
    parts = (
        verdict(plans[0], language),
        findings(language, *plans),
        fine_tune(written, language),
        uploading,
        summary(written, plans[0].task, language),
    )
    checked = "\n\n".join(in_words(report, arguments) for report in reports)
    tell("\n\n".join(part for part in (*parts[:3], checked, *parts[3:]) if part), written, language)
    refuse_bad(reports)
    bring_written(written, _digests(reports), arguments)


def run_architectures(arguments: Namespace) -> None:
    """Print what is supported."""
    from app.core.architectures.supported import TITLES, supported_models  # all families, which takes a while

    rows = supported_models()
    if arguments.json:
        _print_json([dict(zip(TITLES, row, strict=True)) for row in rows])
        return
    say(columns([TITLES, *rows]))


def _refuse(plan: ConversionPlan) -> None:
    """One line for the first thing that stops the conversion; `inspect` tells the rest."""
    if not plan.blockers:
        return
    first, others = plan.blockers[0], len(plan.blockers) - 1
    advice = with_options(first)
    if others:
        advice = counted(
            "{advice} ({count} more problem; mlx-ferry inspect lists them all.)",
            "{advice} ({count} more problems; mlx-ferry inspect lists them all.)",
            others,
            advice=advice,
        )
    raise RefusedError(first.what, advice)


def run_sample(arguments: Namespace) -> None:
    """The whole job on the bundled sample, into a new folder that may be thrown away."""
    checkpoint = open_checkpoint(resource_path(SAMPLE))
    plan = prepare_plan(checkpoint, PlanOptions())
    say("\n\n".join(sections(checkpoint, plan, arguments.language)))
    with _new_folder() as folder:
        targets = _targets(checkpoint, (plan,), folder)
        written = _convert(
            (plan,), targets, Namespace(overwrite=False, json=arguments.json, language=arguments.language)
        )
    tell(f"\n{summary(written, plan.task, arguments.language)}", written, arguments.language)


@contextmanager
def _new_folder() -> Iterator[Path]:
    """One in the system's temporary folder, which goes again if it stays empty."""
    with ExitStack() as stack:
        with undisturbed():
            folder = Path(tempfile.mkdtemp(prefix="mlx-ferry-"))
            stack.callback(_remove_if_empty, folder)
            stack.enter_context(before_sudden_end(lambda: _remove_if_empty(folder)))
        yield folder


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _targets(checkpoint: Checkpoint, plans: Plans, chosen: Path | None) -> list[Path]:
    """The chosen file, or the usual names in the chosen folder or beside the model folder."""
    if chosen is None or _is_folder(chosen):
        return list(default_targets(checkpoint, plans, chosen))
    if len(plans) > 1:
        raise TargetError(
            text(
                "{path} is not an existing folder, and {count} files are to be written.", path=chosen, count=len(plans)
            ),
            text("Name a folder with -o; the files are named automatically."),
        )
    return [chosen]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # may not be looked at; the conversion says why
        return False


def _prepare(arguments: Namespace) -> tuple[Checkpoint, Prepared, Plans]:
    """The folder as it was opened, all that is known of it with the adapters on it, and the plans."""
    checkpoint, adapters = open_fine_tune(arguments.folder, arguments.adapter)
    options = PlanOptions(
        head=HeadChoice(arguments.lm_head),
        layout=None if arguments.layout == "auto" else Layout(arguments.layout),
        tensor_types=(
            *arguments.tensor_type,
            *(load_choices(arguments.tensor_types) if arguments.tensor_types else ()),
        ),
        imatrix=read_imatrix(arguments.imatrix) if arguments.imatrix else None,
        name=arguments.name or "",
        pre_tokenizer=arguments.pre_tokenizer or "",
        metadata=tuple(arguments.metadata),
        split_max_size=arguments.split_max_size,
    )
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        prepared = prepare(identify(checkpoint, adapters), options.pre_tokenizer, bar)
    return checkpoint, prepared, prepared.plans(options, _output_types(arguments.type))


def _output_types(chosen: list[tuple[OutputType, ...]]) -> tuple[OutputType, ...]:
    """All that were named, each once."""
    return tuple(dict.fromkeys(one for some in chosen for one in some)) or (OutputType.AUTO,)


def _convert(plans: Plans, targets: list[Path], arguments: Namespace) -> tuple[WrittenFile, ...]:
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        orders = list(zip(plans, targets, strict=True))
        return convert_all(orders, overwrite=arguments.overwrite, on_progress=bar)


def _check_report(path: Path | None, plans: Plans, targets: list[Path], model_folder: Path, overwrite: bool) -> None:
    """Before the work, not after it."""
    if path is None:
        return
    files = (file for plan, target in zip(plans, targets, strict=True) for file in plan_paths(plan, target))
    if any(is_same_place(path.absolute(), file.absolute()) for file in files):
        raise TargetError(
            text("{path} cannot be both the model and the report.", path=path),
            text("Choose another name for the report."),
        )
    check_target(path.absolute(), model_folder, 0, overwrite)


def _report(
    plans: Plans, written: tuple[WrittenFile, ...], reports: tuple["VerificationReport", ...], arguments: Namespace
) -> Any:
    """One object for one file, a list for several."""
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        known = _digests(reports)
        found = [
            report_data(plan, one, *(known.get(path) or sha256_of(path, bar) for path in one.paths))
            for plan, one in zip(plans, written, strict=True)
        ]
    if reports:
        from app.core.verify.results.verification_data import verification_data

        for one, report in zip(found, reports, strict=True):
            one["verification"] = verification_data(report)
    data = found[0] if len(found) == 1 else found
    if arguments.report:
        write_report(arguments.report, data, arguments.overwrite)
    return data


def _digests(reports: tuple["VerificationReport", ...]) -> dict[Path, str]:
    """A verified file was read for it already."""
    return {report.file: report.sha256 for report in reports}


def _print_json(data: object) -> None:
    say(as_json(data))  # its escapes are those of JSON
