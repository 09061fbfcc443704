"""verify: everything that can be proved of a finished file on this machine, and what it comes to."""

import platform
import time
from importlib.metadata import version
from pathlib import Path

from app import __version__
from app.core.plan import ConversionPlan
from app.core.plan.prepared import Prepared
from app.core.progress import IsCancelled, OnProgress, ignore_progress, never_cancelled
from app.core.text import Text, text
from app.core.verify.known_differences import known_difference
from app.core.verify.report import Skipped, Step, VerificationReport
from app.core.verify.verdict import judge
from app.core.verify.weight_proof import prove_weights

LONGEST = 512  # tokens of a text
PACKAGES = ("mlx", "mlx-lm", "xllamacpp", "gguf", "tokenizers", "numpy")


def verify(
    prepared: Prepared,
    plan: ConversionPlan,
    file: Path,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> VerificationReport:
    """Compare a GGUF file with the folder that the final `plan` is about.

    Raises ConversionError where the folder cannot be read, Cancelled.
    """
    started = time.monotonic()
    weights = prove_weights(plan, file, on_progress, is_cancelled)
    skipped: list[Skipped] = []
    if reason := known_difference(prepared.model, LONGEST):
        skipped.append(Skipped(Step.DISTRIBUTIONS, reason))
    verdict, why = judge(weights, None, None, 0)
    return VerificationReport(
        folder=prepared.model.checkpoint.folder,
        file=file,
        verdict=verdict,
        reason=why,
        weights=weights,
        skipped=tuple(skipped),
        versions=(("MLX Ferry", __version__), *((name, version(name)) for name in PACKAGES)),
        machine=machine(),
        seconds=time.monotonic() - started,
    )


def machine() -> Text:
    """What the figures were measured on."""
    return text(
        "{system} {release}, {processor}",
        system=platform.system(),
        release=platform.release(),
        processor=platform.machine(),
    )
