"""inspect and convert: from arguments to the core and back to words."""

import json
import tempfile
from argparse import Namespace
from contextlib import closing
from pathlib import Path

from app.cli.card import columns, findings, sections, verdict
from app.cli.progress_bar import ProgressBar
from app.core.architectures import Layout
from app.core.architectures.supported import TITLES, supported_models
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.convert import WrittenFile, check_target, convert, prepare_plan, report_data, sha256_of, write_report
from app.core.convert.target import default_target
from app.core.errors import PlanError, TargetError
from app.core.plan import ConversionPlan, HeadChoice, OutputType, PlanOptions
from app.core.plan.lm_head_findings import HEAD
from app.core.plan.plain_data import plan_data
from app.core.plan.tensor_choices import load_choices
from app.core.resources import SAMPLE, resource_path
from app.core.words import bytes_in_words, duration_in_words


def run_inspect(arguments: Namespace) -> None:
    """Print what is inside. A folder that cannot be converted is shown too; that is what inspecting is for."""
    checkpoint, plan = _prepare(arguments)
    if arguments.json:
        _print_json(plan_data(plan))
        return
    print("\n\n".join(sections(checkpoint, plan)))


def run_convert(arguments: Namespace) -> None:
    """Convert and say what was written. Raises AppError."""
    checkpoint, plan = _prepare(arguments)
    _refuse(plan)
    target = _target(checkpoint, plan, arguments.output)
    _check_report(arguments.report, target, checkpoint.folder, arguments.overwrite)
    written = _convert(plan, target, arguments)
    data = _report(plan, written, arguments) if arguments.report or arguments.json else None
    if arguments.json:
        _print_json(data)
        return
    print("\n\n".join(text for text in (verdict(plan), findings(plan), _summary(written)) if text))


def run_architectures(arguments: Namespace) -> None:
    """Print what is supported."""
    rows = supported_models()
    if arguments.json:
        _print_json([dict(zip(TITLES, row, strict=True)) for row in rows])
        return
    print(columns([TITLES, *rows]))


def _refuse(plan: ConversionPlan) -> None:
    """One line for the first thing that stops the conversion; `inspect` tells the rest."""
    if not plan.blockers:
        return
    first, others = plan.blockers[0], len(plan.blockers) - 1
    option = " (--lm-head share)" if first.subject == HEAD else ""
    more = f" ({others} more; mlx-ferry inspect lists all.)" if others else ""
    raise PlanError(first.what, f"{first.advice}{option}{more}")


def run_sample(arguments: Namespace) -> None:
    """The whole job on the bundled sample, into a new folder that may be thrown away."""
    checkpoint = open_checkpoint(resource_path(SAMPLE))
    plan = prepare_plan(checkpoint, PlanOptions())
    print("\n\n".join(sections(checkpoint, plan)))
    folder = Path(tempfile.mkdtemp(prefix="mlx-ferry-"))
    written = _convert(plan, _target(checkpoint, plan, folder), Namespace(overwrite=False, json=arguments.json))
    print(f"\n{_summary(written)}")


def _target(checkpoint: Checkpoint, plan: ConversionPlan, chosen: Path | None) -> Path:
    """The chosen file, or the usual name in the chosen folder or beside the model folder."""
    if chosen is None or _is_folder(chosen):
        return default_target(checkpoint, plan, chosen)
    return chosen


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # may not be looked at; the conversion says why
        return False


def _prepare(arguments: Namespace) -> tuple[Checkpoint, ConversionPlan]:
    checkpoint = open_checkpoint(arguments.folder)
    options = PlanOptions(
        OutputType(arguments.type),
        HeadChoice(arguments.lm_head),
        None if arguments.layout == "auto" else Layout(arguments.layout),
        arguments.pre_tokenizer,
        (*(arguments.tensor_type or ()), *(load_choices(arguments.tensor_types) if arguments.tensor_types else ())),
    )
    with closing(ProgressBar(not arguments.json)) as bar:
        return checkpoint, prepare_plan(checkpoint, options, bar)


def _convert(plan: ConversionPlan, target: Path, arguments: Namespace) -> WrittenFile:
    with closing(ProgressBar(not arguments.json)) as bar:
        return convert(plan, target, overwrite=arguments.overwrite, on_progress=bar)


def _check_report(path: Path | None, target: Path, model_folder: Path, overwrite: bool) -> None:
    """Before the work, not after it."""
    if path is None:
        return
    if path.absolute() == target.absolute():
        raise TargetError(f"{path} cannot hold the model and the report.", "Choose another name for the report.")
    check_target(path.absolute(), model_folder, 0, overwrite)


def _report(plan: ConversionPlan, written: WrittenFile, arguments: Namespace) -> dict[str, object]:
    with closing(ProgressBar(not arguments.json)) as bar:
        data = report_data(plan, written, sha256_of(written.path, bar))
    if arguments.report:
        write_report(arguments.report, data)
    return data


def _summary(written: WrittenFile) -> str:
    size, seconds = bytes_in_words(written.byte_count), duration_in_words(written.seconds)
    return f"Wrote {written.path} ({size} in {seconds}).\nTry it: llama-cli -m {written.path}"


def _print_json(data: object) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))
