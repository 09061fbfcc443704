"""What the queue's jobs do, off the UI thread: open, convert, check.

What proves a file is loaded by the first job that does so: it would be a part of the window's start.
"""

from pathlib import Path

from app.core.convert import WrittenFile, convert_all, report_data, sha256_of, write_adapter, write_report
from app.core.convert.prepare import prepare
from app.core.convert.target import default_targets
from app.core.deliver.lm_studio import model_folder_made
from app.core.errors import AppError, PlanError
from app.core.plan import ConversionPlan
from app.core.progress import IsCancelled, OnProgress
from app.core.text import joined
from app.core.verify.results.report import VerificationReport
from app.ui.queue.queue_item import AdapterFile, Finished, ModelFiles, QueueItem, Unopened
from app.ui.session_work import open_model

Opened = tuple[ModelFiles, tuple[Path, ...]]


def open_item(item: QueueItem, on_progress: OnProgress, is_cancelled: IsCancelled) -> Opened:
    """Open the folder, look at it, and say where its file goes. Raises CheckpointError, PlanError, Cancelled."""
    assert isinstance(item.source, Unopened)
    options = item.source.options
    opened = open_model(item.folder, item.adapters, options)
    _refuse_blocked(opened.plans[options.output_type])  # with what stops it there is nothing to look at
    prepared = prepare(opened.prepared.model, options.pre_tokenizer, on_progress, is_cancelled)
    plan = prepared.plan(options)
    _refuse_blocked(plan)
    checkpoint = prepared.model.checkpoint
    targets = item.targets or default_targets(checkpoint, (plan,), item.source.folder(checkpoint, plan))
    return ModelFiles(prepared, (plan,)), targets


def _refuse_blocked(plan: ConversionPlan) -> None:
    if plan.blockers:
        raise PlanError(plan.blockers[0].what, plan.blockers[0].advice)


def write_item(item: QueueItem, on_progress: OnProgress, is_cancelled: IsCancelled) -> tuple[WrittenFile, ...]:
    """Write its files. Raises what `convert_all` and `write_adapter` raise; then nothing is left behind."""
    if isinstance(item.made, AdapterFile):
        (target,) = item.targets
        plan, overwrite = item.made.plan, item.overwrite
        return (write_adapter(plan, target, overwrite=overwrite, on_progress=on_progress, is_cancelled=is_cancelled),)
    assert item.made is not None
    orders = list(zip(item.made.plans, item.targets, strict=True))
    with model_folder_made(item.targets[0].parent):
        return convert_all(orders, overwrite=item.overwrite, on_progress=on_progress, is_cancelled=is_cancelled)


def check_file(finished: Finished, on_progress: OnProgress, is_cancelled: IsCancelled) -> VerificationReport | str:
    """Verify a file; where that does not come to an end, a sentence that says why. Raises Cancelled."""
    from app.core.verify.engines import EngineError
    from app.core.verify.verification import verify, with_kept

    try:
        report = verify(
            finished.prepared,
            finished.plan,
            finished.written.path,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
        )
        return with_kept(report, finished.written.kept)
    except EngineError as error:
        return error.reason
    except AppError as error:
        return joined(" ", (error.message, error.hint))


def report_item(item: QueueItem, on_progress: OnProgress, is_cancelled: IsCancelled) -> None:
    """Beside each file what was planned, found and written. Raises TargetError, Cancelled."""
    from app.core.verify.results.verification_data import verification_data

    for finished, check in zip(item.finished, item.checks, strict=True):
        written = finished.written
        digests = [sha256_of(path, on_progress, is_cancelled) for path in written.paths]
        data = report_data(finished.plan, written, *digests)
        if check.report is not None:
            data["verification"] = verification_data(check.report)
        write_report(written.path.with_name(f"{written.path.stem}-report.json"), data)
