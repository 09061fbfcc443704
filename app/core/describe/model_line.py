"""A model in one line: 'Gemma 3 · 268 M · 4-bit · 151 MB'."""

from collections import Counter

from app.core.checkpoint import Checkpoint
from app.core.human_text import bytes_in_words
from app.core.plan.conversion_plan import ConversionPlan
from app.core.text import Text, joined, text


def model_line(checkpoint: Checkpoint, plan: ConversionPlan) -> str:
    """Family, number of values, how most are stored, size of the folder's weights; what is not known is left out."""
    count = plan.value_count or checkpoint.parameter_count
    return joined(
        " · ",
        (
            plan.architecture or checkpoint.model_type or "",
            parameters_in_words(count) if count else "",
            _stored_as(checkpoint),
            bytes_in_words(checkpoint.byte_count) if checkpoint.byte_count else "",
        ),
    )


def parameters_in_words(count: int) -> Text:
    """As models are named: 268098176 → '268 M', 1235814400 → '1.2 B'."""
    if count < 999_500:
        return text("{amount} K", amount=f"{max(1, round(count / 1e3))}")
    if count < 999_500_000:
        return text("{amount} M", amount=_short(count / 1e6))
    return text("{amount} B", amount=_short(count / 1e9))


def _short(amount: float) -> str:
    return f"{amount:.1f}" if amount < 9.95 else f"{amount:.0f}"


def _stored_as(checkpoint: Checkpoint) -> str:
    """How the most bytes are stored: '4-bit', 'mxfp4', 'BF16'."""
    kinds = Counter[str]()
    for (dtype, packing), count in checkpoint.bytes_by_storage.items():
        if packing is None:
            kinds[dtype] += count
        elif packing.mode == "affine":
            kinds[text("{bits}-bit", bits=packing.bits)] += count
        else:
            kinds[packing.in_words] += count
    return kinds.most_common(1)[0][0] if kinds else ""
