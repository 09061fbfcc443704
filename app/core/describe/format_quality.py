"""What a file's format costs in quality, for this folder: told by what is planned for its tensors."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.ggml_types import FLOAT_TYPES, T
from app.core.plan.conversion_plan import ConversionPlan
from app.core.text import Text, text

ALIKE = 1.02  # files that differ by less are of the same size
LITTLE = 0.05  # of the bytes: a type that has no more is not named
GOOD_BITS = 4  # of a value: below that a loss shows


class Quality(StrEnum):
    """Kinds, the best first."""

    SAME = "same values"
    NEARLY_SAME = "nearly the same values"
    CLOSE = "close, as usual for the format"
    LOSSY = "a loss that shows"
    TWICE = "lost a second time"
    NO_BETTER = "larger than the best match and no better"
    WORSE = "larger than the best match and worse"
    IMPOSSIBLE = "cannot be written"
    UNKNOWN = "being looked at"

    @property
    def is_fine(self) -> bool:
        """Whether nothing speaks against it."""
        return self in (Quality.SAME, Quality.NEARLY_SAME, Quality.CLOSE)


WORDS: Mapping[Quality, Text] = {
    Quality.SAME: text("Same values"),
    Quality.NEARLY_SAME: text("Nearly the same values"),
    Quality.TWICE: text("Quality is lost a second time"),
    Quality.NO_BETTER: text("Larger than Best match, and no better"),
    Quality.WORSE: text("Larger than Best match, and worse"),
    Quality.UNKNOWN: text("Looking at the weights…"),
}
GOOD = (Quality.SAME, Quality.NEARLY_SAME)


def quality_of(plan: ConversionPlan, best: ConversionPlan | None) -> Quality:
    """Of a plan beside that for the best match, None where there is nothing to compare it with."""
    own = _own(plan)
    if best is None or best is plan or own in (Quality.IMPOSSIBLE, Quality.UNKNOWN):
        return own
    other, ranks = _own(best), list(Quality)
    if other in (Quality.IMPOSSIBLE, Quality.UNKNOWN) or ranks.index(own) < ranks.index(other):
        return own
    if own in GOOD:
        is_needless = other is Quality.SAME and plan.byte_count > best.byte_count * ALIKE
        return Quality.NO_BETTER if is_needless else own
    return Quality.WORSE if plan.byte_count >= best.byte_count and own is not other else own


def quality_words(plan: ConversionPlan, quality: Quality, name: str) -> str:
    """One line; `name`: of the format."""
    match quality:
        case Quality.IMPOSSIBLE:
            return plan.blockers[0].what
        case Quality.CLOSE:
            return text("Close, as usual for {format}", format=name)
        case Quality.LOSSY:
            return text("Noticeable loss, as usual for {format}", format=name)
    return WORDS[quality]


def main_types(plan: ConversionPlan) -> tuple[str, ...]:
    """The GGUF types that hold most of the bytes, one or two of them."""
    counts = Counter[GGMLQuantizationType]()
    for tensor in plan.tensors:
        counts[tensor.type] += tensor.byte_count
    return tuple(kind.name for kind, count in counts.most_common(2) if count > LITTLE * counts.total())


def _own(plan: ConversionPlan) -> Quality:
    if plan.blockers:
        return Quality.IMPOSSIBLE
    if plan.is_provisional:
        return Quality.UNKNOWN
    if any(finding.code == "quantized-twice" for finding in plan.findings):
        return Quality.TWICE
    changed = Counter[GGMLQuantizationType]()
    for tensor in plan.tensors:
        if tensor.error is None and tensor.sources:
            changed[tensor.type] += tensor.byte_count
    if not changed:
        rounded = any(tensor.error for tensor in plan.tensors)
        return Quality.NEARLY_SAME if rounded else Quality.SAME
    return _of_type(changed.most_common(1)[0][0])


def _of_type(kind: GGMLQuantizationType) -> Quality:
    if kind in FLOAT_TYPES.values() or kind is T.Q8_0:
        return Quality.NEARLY_SAME
    length, byte_count = GGML_QUANT_SIZES[kind]
    return Quality.CLOSE if 8 * byte_count / length >= GOOD_BITS else Quality.LOSSY
