"""Where files go when nobody says otherwise: NAME-TYPE.gguf beside the model folder."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gguf import LlamaFileType

from app.core.checkpoint import Checkpoint
from app.core.plan import ConversionPlan, OutputType

BY_THE_FOLDER = (OutputType.AUTO, OutputType.LOSSLESS)  # what they make has the name of another type


def default_target(checkpoint: Checkpoint, plan: ConversionPlan, folder: Path | None = None) -> Path:
    """The file in `folder`; without one beside the model folder, or for a hub snapshot in the working folder."""
    if folder is None:
        in_cache = checkpoint.folder.parent.name == "snapshots"  # not a place for new files
        folder = Path.cwd() if in_cache else checkpoint.folder.parent
    return folder / f"{checkpoint.name}-{_type_name(plan)}.gguf"


def default_targets(
    checkpoint: Checkpoint, plans: Sequence[ConversionPlan], folder: Path | None = None
) -> tuple[Path, ...]:
    """The same for several files: where two types give one name, AUTO and LOSSLESS say which they are."""
    usual = [default_target(checkpoint, plan, folder) for plan in plans]
    counts = Counter(usual)
    return tuple(
        path.with_name(f"{path.stem}-{plan.options.output_type}.gguf")
        if counts[path] > 1 and plan.options.output_type in BY_THE_FOLDER
        else path
        for path, plan in zip(usual, plans, strict=True)
    )


def _type_name(plan: ConversionPlan) -> str:
    types = (entry.value for entry in plan.metadata if entry.key == "general.file_type")
    return LlamaFileType(next(types, LlamaFileType.ALL_F32)).name.removeprefix("MOSTLY_").removeprefix("ALL_")
