"""What stands in the folder for a tensor of the file, as one thing to show: one tensor, many experts, or nothing."""

from dataclasses import dataclass

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.quantization import Quantization


@dataclass(frozen=True)
class SourceSummary:
    """Looks like a tensor of the folder, but stands for several, or for what is computed."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    element_count: int
    byte_count: int
    quantization: Quantization | None = None


Source = ModelTensor | SourceSummary


def summarize(sources: tuple[ModelTensor, ...], shape: tuple[int, ...]) -> Source:
    """The tensor itself, or many as one with what their names have in common."""
    if len(sources) == 1:
        return sources[0]
    if not sources:
        return SourceSummary("config.json", shape, "–", 0, 0)
    first, last = sources[0], sources[-1]
    return SourceSummary(
        _common_name(first.name, last.name),
        (len(sources), *first.shape),
        first.dtype,
        sum(tensor.element_count for tensor in sources),
        sum(tensor.byte_count for tensor in sources),
        first.quantization,
    )


def _common_name(first: str, last: str) -> str:
    """'experts.{0…63}.up_proj.weight'."""
    parts = zip(first.split("."), last.split("."), strict=False)
    return ".".join(one if one == other else f"{{{one}…{other}}}" for one, other in parts)
