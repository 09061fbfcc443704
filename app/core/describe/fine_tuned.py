"""What adapters do to one tensor of the file, in a few words."""

from collections.abc import Mapping, Sequence

from app.core.adapter.files import is_adapter_file
from app.core.plan.conversion_plan import ConversionPlan, PlannedTensor
from app.core.text import NOTHING, Text, text
from app.core.weights.change_sizes import ChangeSize


def fine_tuned(tensor: PlannedTensor) -> Text:
    """'fine-tuned, rank 8' where an adapter changes the values of a tensor; else nothing."""
    ranks = sorted({update.rank for source in tensor.sources for update in source.updates})
    if ranks:
        return text("fine-tuned, {rank}", rank=ranks_in_words(ranks))
    if any(is_adapter_file(source.stored.file.path) for source in tensor.sources):
        return text("fine-tuned")
    return NOTHING


def update_words(tensor: PlannedTensor) -> list[Text]:
    """A line for each way in which adapters change the values of a tensor."""
    updates = (update for source in tensor.sources for update in source.updates)
    ways = dict.fromkeys((one.magnitude is not None, one.rank, one.scale) for one in updates)
    if not ways and fine_tuned(tensor):
        return [text("All values come from the adapter")]
    return [
        text("{method}: rank {rank}, scale {scale:.4g}", method="DoRA" if is_dora else "LoRA", rank=rank, scale=scale)
        for is_dora, rank, scale in ways
    ]


def changes_by_name(plan: ConversionPlan, sizes: Mapping[str, ChangeSize]) -> dict[str, float]:
    """By name in the file, how large the change of each tensor is, relative to its weights; `sizes` of its sources."""
    found = {
        one.name: sum((sizes[source.name] for source in one.sources if source.name in sizes), ChangeSize())
        for one in plan.tensors
    }
    return {name: size.share for name, size in found.items() if size.share is not None}


def ranks_in_words(ranks: Sequence[int]) -> Text:
    """Sorted ones: 'rank 8', 'ranks 4 to 32'."""
    if len(ranks) == 1:
        return text("rank {rank}", rank=ranks[0])
    return text("ranks {first} to {last}", first=ranks[0], last=ranks[-1])
