"""The conversion report: what was planned, found and written, as JSON for other programs and later questions."""

import hashlib
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import __version__
from app.core.checkpoint.folder import open_regular
from app.core.convert.part_file import write_text
from app.core.convert.row_writer import rounded
from app.core.convert.written_file import WrittenFile
from app.core.describe.fine_tune_kept import together
from app.core.describe.plan_json import as_json, plan_data
from app.core.encode.kept import Kept
from app.core.errors import TargetError
from app.core.plan import ConversionPlan, planned_files
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, ignore_progress, never_cancelled
from app.core.system_reasons import system_reason
from app.core.text import text

PACKAGES = ("mlx", "gguf", "numpy", "xllamacpp", "msgspec")
PIECE = 1 << 22


def report_data(plan: ConversionPlan, written: WrittenFile, *sha256: str) -> dict[str, Any]:
    """Everything about one conversion, in types that JSON knows. `sha256`: of each file, in their order."""
    data = measured_plan(plan, written.errors, written.kept)
    files = [
        {"name": path.name, "byte_count": file.byte_count, "sha256": digest}
        for path, file, digest in zip(written.paths, planned_files(plan), sha256, strict=True)
    ]
    for part, named in zip(data["parts"], files, strict=False):
        part |= named
    return {
        "file": files[0],
        "fine_tune_kept": rounded(together(written.kept.values()).share) if written.kept else None,
        "versions": {"mlx-ferry": __version__, "python": platform.python_version(), **_versions()},
        **data,
    }


def measured_plan(plan: ConversionPlan, errors: Mapping[str, float], kept: Mapping[str, Kept]) -> dict[str, Any]:
    """The plan, with what was measured of each tensor by its name; None where nothing was."""
    data = plan_data(plan)
    for tensor in data["tensors"]:
        tensor["relative_rmse"] = errors.get(tensor["name"])
        arrived = kept.get(tensor["name"])
        tensor["fine_tune_kept"] = arrived and rounded(arrived.share)
        tensor["fine_tune_noise"] = arrived and rounded(arrived.noise_share)
    return data


def write_report(path: Path, data: dict[str, Any] | list[dict[str, Any]], overwrite: bool = True) -> None:
    """Of one file, or of several. Raises TargetError."""
    write_text(path, as_json(data) + "\n", overwrite)


def sha256_of(
    path: Path, on_progress: OnProgress = ignore_progress, is_cancelled: IsCancelled = never_cancelled
) -> str:
    """The digest of a finished file, read back from disk. Raises TargetError, Cancelled."""
    digest = hashlib.sha256()
    try:
        with open_regular(path) as file:
            meter = Meter(Stage.DIGEST, path.stat().st_size, on_progress, is_cancelled)
            while piece := file.read(PIECE):
                digest.update(piece)
                meter.advance(len(piece), path.name)
    except OSError as error:
        raise TargetError(
            text("{file} cannot be read back: {reason}.", file=path, reason=system_reason(error)),
            text("Check the disk, and convert again."),
        ) from error
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # with all that reads e-mail

    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
