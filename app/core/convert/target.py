"""Where files go when nobody says otherwise: NAME-TYPE.gguf beside the model folder."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gguf import LlamaFileType

from app.core.checkpoint import Checkpoint
from app.core.ggml_types import OUTPUTS, Recipe
from app.core.model.fine_tunes import place_beside
from app.core.plan import ConversionPlan
from app.core.plan.adapter import AdapterPlan

# llama.cpp common/preset.cpp and common/download.cpp: parts of a file's name that make it a companion of another model,
# or one of several parts. LM Studio looks for "mmproj" too.
OTHER_KINDS = (
    (re.compile("mmproj"), "mm-proj"),
    (re.compile("imatrix"), "i-matrix"),
    (re.compile("(mtp|eagle3|dspark|dflash)-"), r"\1_"),
    (re.compile(r"-(\d{5})-of-(\d{5})"), r"-\1_of_\2"),
)


def default_target(checkpoint: Checkpoint, plan: ConversionPlan, folder: Path | None = None) -> Path:
    """The file in `folder`; without one beside the model folder, or for a hub snapshot in the working folder."""
    if folder is None:
        in_cache = checkpoint.folder.parent.name == "snapshots"  # not a place for new files
        folder = Path.cwd() if in_cache else checkpoint.folder.parent
    return folder / f"{_file_name(plan.model_name)}-{type_name(plan)}.gguf"


def adapter_target(plan: AdapterPlan, adapter: Path, chosen: Path | None = None) -> Path:
    """The chosen file; else NAME-lora-TYPE.gguf in the chosen folder or beside the adapter's."""
    if chosen is not None and not chosen.is_dir():
        return chosen
    folder = chosen or place_beside(adapter) or Path.cwd()
    return folder / adapter_file_name(plan)


def adapter_file_name(plan: AdapterPlan) -> str:
    """NAME-lora-TYPE.gguf."""
    return f"{_file_name(plan.name)}-lora-{plan.type.name}.gguf"


def _file_name(model_name: str) -> str:
    """Without what no file should be called, and what llama.cpp's tools take for a file of another kind."""
    name = "".join(sign if sign.isprintable() and sign not in "/\\:" else "-" for sign in model_name)
    for mark, instead in OTHER_KINDS:
        name = mark.sub(instead, name)
    return name


def default_targets(
    checkpoint: Checkpoint, plans: Sequence[ConversionPlan], folder: Path | None = None
) -> tuple[Path, ...]:
    """The same for several files: where two types give one name, AUTO and LOSSLESS say which they are."""
    usual = [default_target(checkpoint, plan, folder) for plan in plans]
    counts = Counter(usual)
    return tuple(
        path.with_name(f"{path.stem}-{plan.options.output_type}.gguf")
        if counts[path] > 1 and OUTPUTS[plan.options.output_type].recipe is Recipe.BY_FOLDER
        else path
        for path, plan in zip(usual, plans, strict=True)
    )


def type_name(plan: ConversionPlan) -> str:
    """As llama.cpp calls it, and as it stands in the name of the file: Q4_K_M."""
    types = (entry.value for entry in plan.metadata if entry.key == "general.file_type")
    return LlamaFileType(next(types, LlamaFileType.ALL_F32)).name.removeprefix("MOSTLY_").removeprefix("ALL_")
