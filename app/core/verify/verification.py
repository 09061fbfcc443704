"""verify: everything that can be proved of a finished file on this machine, and what it comes to."""

import platform
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from app import __version__
from app.core.convert import sha256_of
from app.core.encode.kept import Kept
from app.core.errors import CheckpointError
from app.core.plan import ConversionPlan
from app.core.plan.prepared import Prepared
from app.core.progress import IsCancelled, OnProgress, ignore_progress, never_cancelled
from app.core.text import Text, text
from app.core.verify.engines import EngineError, EngineKind, RefusalError
from app.core.verify.file_proof import FileProof, prove_file
from app.core.verify.header.gguf_file import open_gguf
from app.core.verify.header.header_proof import prove_header
from app.core.verify.inference.known_differences import known_difference
from app.core.verify.inference.machine_memory import LONGEST
from app.core.verify.inference.predictions import prove_predictions
from app.core.verify.results.report import Skipped, Step, Verdict, VerificationReport
from app.core.verify.results.verdict import judge, limits_of
from app.core.verify.vocabulary.vocabulary_proof import prove_vocabulary
from app.core.verify.weights.weight_proof import WeightProof, prove_tensors

PACKAGES = ("mlx", "mlx-lm", "xllamacpp", "gguf", "tokenizers", "numpy")
BY_THE_FILE = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)  # what a bad file causes
PREDICTIONS = (Step.DISTRIBUTIONS, Step.ANSWERS)


@dataclass(frozen=True)
class Check:
    """How much is checked. `text`: a text of the person's own that is read in the place of the bundled ones."""

    with_predictions: bool = True
    text: Path | None = None


EVERYTHING = Check()


def verify(
    prepared: Prepared,
    plan: ConversionPlan | None,
    file: Path,
    *,
    check: Check = EVERYTHING,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> VerificationReport:
    """Compare a GGUF file with a folder and the adapters on it, as far as this machine allows.

    `plan`: the one that the file was written by; None for any other file. What an engine cannot do is skipped and said;
    what llama.cpp cannot do with the file breaks it. Raises PlanError where the folder gives no file, ConversionError
    where it cannot be read, VerificationError where the text cannot, Cancelled.
    """
    started = time.monotonic()
    proof = _prove(prepared, plan, file, on_progress, is_cancelled)
    report = VerificationReport(
        folder=prepared.model.checkpoint.folder,
        file=file,
        verdict=Verdict.BROKEN,
        reason=text("The file was not compared."),
        weights=proof.weights,
        header=proof.header,
        limits=limits_of(proof.weights),
        versions=(("MLX Ferry", __version__), *((name, version(name)) for name in PACKAGES)),
        machine=machine(),
        plan=proof.plan,
    )
    try:
        report = _with_engines(report, prepared, check, on_progress, is_cancelled)
        verdict, reason = judge(report)
    except _BrokenError as broken:
        verdict, reason = Verdict.BROKEN, broken.reason
    return replace(
        report,
        verdict=verdict,
        reason=reason,
        sha256=sha256_of(file, on_progress, is_cancelled),
        seconds=time.monotonic() - started,
    )


class _BrokenError(Exception):
    """llama.cpp does not take the file."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _prove(
    prepared: Prepared, plan: ConversionPlan | None, file: Path, on_progress: OnProgress, is_cancelled: IsCancelled
) -> FileProof:
    """Weights and header."""
    if plan is None:
        return prove_file(prepared, file, on_progress, is_cancelled)
    try:
        with open_gguf(file) as opened:
            weights = prove_tensors(plan, opened, on_progress, is_cancelled)
            return FileProof(weights, prove_header(plan, opened.keys), plan)
    except CheckpointError as error:
        return FileProof(WeightProof((), error.message), None, plan)


def _with_engines(
    report: VerificationReport, prepared: Prepared, check: Check, on_progress: OnProgress, is_cancelled: IsCancelled
) -> VerificationReport:
    """Vocabulary and predictions, as long as nothing is wrong. Raises _BrokenError, VerificationError, Cancelled."""
    if not (report.weights and report.weights.is_sound and report.header and report.header.is_sound):
        return _skipping(report, text("Something is wrong already."), Step.VOCABULARY, *PREDICTIONS)
    try:
        found = prove_vocabulary(
            prepared, report.file, text=check.text, on_progress=on_progress, is_cancelled=is_cancelled
        )
        report = replace(report, vocabulary=found)
    except EngineError as error:
        report = _skipping(report, _reason(error), Step.VOCABULARY)
    if report.vocabulary and not report.vocabulary.is_sound:
        return _skipping(report, text("Something is wrong already."), *PREDICTIONS)
    if not check.with_predictions:
        return _skipping(report, text("Nobody asked for it."), *PREDICTIONS)
    if reason := known_difference(prepared.model, LONGEST):
        return _skipping(report, reason, *PREDICTIONS)
    try:
        predicted = prove_predictions(
            prepared, report.file, text=check.text, on_progress=on_progress, is_cancelled=is_cancelled
        )
    except EngineError as error:
        return _skipping(report, _reason(error), *PREDICTIONS)
    return replace(
        report,
        distributions=predicted.distributions,
        answers=predicted.answers,
        skipped=(*report.skipped, *predicted.skipped),
    )


def _skipping(report: VerificationReport, reason: Text, *steps: Step) -> VerificationReport:
    return replace(report, skipped=(*report.skipped, *(Skipped(step, reason) for step in steps)))


def _reason(error: EngineError) -> Text:
    """Why a step is left out. Raises _BrokenError where the file itself is to blame."""
    if error.engine is EngineKind.LLAMA_CPP and (isinstance(error, RefusalError) or error.signal in BY_THE_FILE):
        raise _BrokenError(error.reason) from error
    return error.reason


def with_kept(report: VerificationReport, kept: Mapping[str, Kept]) -> VerificationReport:
    """The same with what the conversion measured of an adapter's change, by tensor."""
    return replace(report, kept=kept)


def machine() -> Text:
    """What the figures were measured on."""
    return text(
        "{system} {release}, {processor}",
        system=platform.system(),
        release=platform.release(),
        processor=platform.machine(),
    )
