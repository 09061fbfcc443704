"""prove_file: any GGUF file against the folder that it is said to come from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.encode.passes import CASTS
from app.core.errors import CheckpointError
from app.core.plan import ConversionPlan, Prepared
from app.core.progress import IsCancelled, OnProgress, ignore_progress, never_cancelled
from app.core.text import NOTHING, Text, text
from app.core.verify.header.file_plan import plan_of_file
from app.core.verify.header.gguf_file import GgufFile, open_gguf
from app.core.verify.header.header_proof import HeaderProof, prove_header
from app.core.verify.weights.foreign_chunks import MOST
from app.core.verify.weights.weight_proof import TensorProof, WeightProof, prove_tensors

SHARED = 0.7  # of the tensors: a file that has fewer in common with the folder is another model's
# One build of ggml's quantizers rounds blocks in most tensors otherwise than another one; damage is in few of them
OTHER_BUILD, FEWEST = 0.25, 4
LEGACY = ("Q8_0",)  # made without a search, in the same way by all builds


@dataclass(frozen=True)
class FileProof:
    """Weights and header. `plan` is what the file was compared with, None where it came to nothing.

    Without a plan, or where it is another model's file, `weights.problem` says why, and the header was not compared.
    """

    weights: WeightProof
    header: HeaderProof | None = None
    plan: ConversionPlan | None = None

    @property
    def is_sound(self) -> bool:
        """Whether the file has the values and the settings that MLX computes with."""
        return self.weights.is_sound and self.header is not None and self.header.is_sound


def prove_file(
    prepared: Prepared,
    path: Path,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> FileProof:
    """Compare a file, whoever wrote it, with a folder and the adapters on it.

    Raises PlanError where the folder gives no file, ConversionError where it cannot be read, Cancelled.
    """
    try:
        with open_gguf(path) as file:
            plan = plan_of_file(prepared, file)
            other = _other_model(plan, file)
            if other:
                return FileProof(WeightProof((), other), None, plan)
            weights = prove_tensors(plan, file, on_progress, is_cancelled, is_foreign=True)
            return FileProof(_judged(weights), prove_header(plan, file.keys), plan)
    except CheckpointError as error:
        return FileProof(WeightProof((), error.message))


def _other_model(plan: ConversionPlan, file: GgufFile) -> Text:
    """One sentence where nothing is gained by comparing tensors one by one; empty else."""
    planned = next((entry.value for entry in plan.metadata if entry.key == "general.architecture"), None)
    found = file.keys.get("general.architecture")
    if found != planned:
        return text(
            "The file is another model's: its architecture is {found!r:.40}, not {planned!r:.40}.",
            found=found,
            planned=planned,
        )
    shapes = {tensor.name: tensor.shape for tensor in file.tensors.values()}
    fitting = sum(shapes.get(tensor.name) == tensor.shape for tensor in plan.tensors)
    if fitting >= SHARED * max(len(plan.tensors), len(shapes)):
        return NOTHING
    first = next(tensor for tensor in plan.tensors if shapes.get(tensor.name) != tensor.shape)
    return text(
        "The file is another model's: {count:,} of its {total:,} tensors have the names and shapes of this model's "
        "{planned:,}; the first that is missing is {tensor} of shape {shape}.",
        count=fitting,
        total=len(shapes),
        planned=len(plan.tensors),
        tensor=first.name,
        shape=first.shape,
    )


def _judged(proof: WeightProof) -> WeightProof:
    """What all tensors say together."""
    searched = [one for one in proof.tensors if one.type not in LEGACY and one.type not in {t.name for t in CASTS}]
    nearly = [one for one in searched if one.problem and one.is_possible and MOST <= one.explained < 1]
    if len(nearly) >= max(FEWEST, OTHER_BUILD * len(searched)):
        cleared = {one.name for one in nearly}
        tensors = tuple(replace(one, problem="") if one.name in cleared else one for one in proof.tensors)
        note = text("A few blocks were rounded by another build of ggml, within the bounds of their types.")
        return replace(proof, tensors=tensors, note=note)
    return replace(proof, note=_other_means(proof.tensors))


def _other_means(tensors: Sequence[TensorProof]) -> Text:
    count = sum(one.explained < MOST and not one.problem for one in tensors)
    if not count:
        return NOTHING
    return text(
        "{count:,} of {total:,} tensors were encoded by other means, such as an importance matrix: their values are "
        "within the bounds of their types.",
        count=count,
        total=len(tensors),
    )
