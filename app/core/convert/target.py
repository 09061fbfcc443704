"""Where a file goes when nobody says otherwise: NAME-TYPE.gguf beside the model folder."""

from pathlib import Path

from gguf import LlamaFileType

from app.core.checkpoint import Checkpoint
from app.core.plan import ConversionPlan


def default_target(checkpoint: Checkpoint, plan: ConversionPlan, folder: Path | None = None) -> Path:
    """The file in `folder`; without one beside the model folder, or for a hub snapshot in the working folder."""
    types = (entry.value for entry in plan.metadata if entry.key == "general.file_type")
    kind = LlamaFileType(next(types, LlamaFileType.ALL_F32)).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    if folder is None:
        in_cache = checkpoint.folder.parent.name == "snapshots"  # not a place for new files
        folder = Path.cwd() if in_cache else checkpoint.folder.parent
    return folder / f"{checkpoint.name}-{kind}.gguf"
