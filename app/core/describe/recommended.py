"""Which formats are recommended for a folder, and why: what it holds, and what is smaller without being bad."""

from collections.abc import Iterator, Mapping, Sequence

from app.core.checkpoint.purpose import Task
from app.core.describe.format_choice import FormatChoice, Role
from app.core.describe.format_quality import Quality
from app.core.describe.memory_need import Fit
from app.core.ggml_types import OutputType
from app.core.text import Text, text

SMALLER = 0.85  # of the best match: below that a loss begins to be worth it
NEARLY_AS_SMALL = 0.97  # of the first choice: a format whose blocks fit the rows better is taken for less than that
SMALL = (OutputType.Q4_K_M, OutputType.IQ4_NL)  # the second where rows are no whole K-blocks, which makes these larger
SMALLEST = (OutputType.Q3_K_M, OutputType.Q2_K)  # only for a machine that runs nothing else
Reasoned = tuple[Role, Text]


def recommended(choices: Sequence[FormatChoice], task: Task) -> dict[OutputType, Reasoned]:
    """One to three of the choices, with what each is for and why; none where there is no best match."""
    by_type = {one.output_type: one for one in choices if one.quality is not Quality.IMPOSSIBLE}
    best = by_type.get(OutputType.AUTO)
    if best is None:
        return {}
    return {kind: (role, reason) for kind, role, reason in _recommended(by_type, best, task)}


def _recommended(
    by_type: Mapping[OutputType, FormatChoice], best: FormatChoice, task: Task
) -> Iterator[tuple[OutputType, Role, Text]]:
    yield OutputType.AUTO, Role.BEST_MATCH, _why_best(best)
    exact = by_type.get(OutputType.LOSSLESS)
    if exact and exact.quality is Quality.SAME and best.quality is not Quality.SAME:
        yield OutputType.LOSSLESS, Role.EXACT, text("Every value stays, for a larger file.")
    nearly = by_type.get(OutputType.Q8_0)
    is_worth_it = nearly is not None and nearly.quality.is_fine and _is_smaller(nearly, best)
    if task is not Task.TEXT:  # vectors show a loss that an answer would not
        if is_worth_it:
            yield OutputType.Q8_0, Role.COMPACT, text("About half the size; vectors stay nearly the same.")
        return
    if is_worth_it:
        yield OutputType.Q8_0, Role.NEARLY_PERFECT, text("About half the size, with hardly any loss.")
    if compact := _compact(by_type, best):
        yield compact.output_type, Role.COMPACT, _why_compact(compact, best)


def _compact(by_type: Mapping[OutputType, FormatChoice], best: FormatChoice) -> FormatChoice | None:
    """The one that most people take, or one that fits the rows better; where it does not run here, one that does."""
    first, second = (by_type.get(kind) for kind in SMALL)
    if first is None or second is None:
        return None
    found = second if second.byte_count < first.byte_count * NEARLY_AS_SMALL and not _holds_k_blocks(first) else first
    if found.memory.fit is Fit.TOO_LARGE:
        smallest = (by_type[kind] for kind in SMALLEST if kind in by_type)
        found = next((one for one in smallest if one.memory.fit is not Fit.TOO_LARGE), found)
    return found if _is_smaller(found, best) and found.quality is not Quality.WORSE else None


def _holds_k_blocks(choice: FormatChoice) -> bool:
    return any(name.endswith("_K") for name in choice.types[:1])


def _is_smaller(choice: FormatChoice, best: FormatChoice) -> bool:
    return choice.byte_count <= best.byte_count * SMALLER


def _why_best(best: FormatChoice) -> Text:
    if best.quality is Quality.SAME:
        return text("Every value stays as it is in the folder.")
    return text("As close as GGUF comes at about the folder's size.")


def _why_compact(compact: FormatChoice, best: FormatChoice) -> Text:
    if best.memory.fit is Fit.TOO_LARGE and compact.memory.fit is not Fit.TOO_LARGE:
        return text("Small enough for this machine's memory.")
    if compact.quality is Quality.TWICE:
        return text("Smaller, but the folder's weights are quantized once more.")
    return text("The usual balance of size and quality.")
