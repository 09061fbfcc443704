"""An item of the queue in words: what it makes, and how it stands."""

from collections.abc import Sequence

from app.core.ggml_types import OUTPUTS
from app.core.human_text import bytes_in_words, duration_in_words
from app.core.progress import Progress
from app.core.text import Text, counted, in_one_line, joined, text
from app.ui.queue.queue_item import AdapterFile, ItemState, QueueItem, Unopened


def title_of(item: QueueItem) -> Text:
    """What is made of what."""
    return text("{model} → {formats}", model=in_one_line(item.title), formats=_formats(item))


def _formats(item: QueueItem) -> str:
    if isinstance(item.source, Unopened):
        return OUTPUTS[item.source.options.output_type].title
    if isinstance(item.source, AdapterFile):
        return in_one_line(joined(", ", (target.name for target in item.targets)))
    return joined(", ", (OUTPUTS[plan.options.output_type].title for plan in item.source.plans))


def state_of(item: QueueItem) -> str:
    """What is being done, or what came of it."""
    if item.state is ItemState.WAITING:
        return text("Waiting to be checked") if item.written else text("Waiting")
    if item.state is ItemState.OPENING:
        return text("Opening…") if item.progress is None else item.progress.stage.title
    if item.state is ItemState.CONVERTING:
        return text("Converting…")
    if item.state is ItemState.CHECKING:
        return _checking(item)
    if item.state is ItemState.REPORTING:
        return text("Writing the report")
    if item.state is ItemState.FAILED:
        return text("Failed")
    if item.state is ItemState.STOPPED:
        return text("Stopped")
    return _done(item)


def _checking(item: QueueItem) -> Text:
    said = text("Checking {file}", file=in_one_line(item.checks[item.to_check[0]].path.name))
    if item.check_count == 1:
        return said
    place = item.check_count - len(item.to_check) + 1
    return text("{what}, {number} of {count}", what=said, number=place, count=item.check_count)


def _done(item: QueueItem) -> str:
    size = bytes_in_words(sum(one.byte_count for one in item.written))
    said = text("{size} in {time}", size=size, time=duration_in_words(item.written[0].seconds))
    checked = [check.word for check in item.checks if check.report is not None]
    return joined("  ·  ", (said, *checked))


def reason_in(item: QueueItem) -> str:
    """Why something went wrong, and what to do; nothing if nothing did."""
    return "" if item.failure is None else joined(" ", (item.failure.message, item.failure.hint))


def progress_in_short(progress: Progress) -> Text:
    """How far it is, and how long it will take where that is known."""
    percent = round(100 * progress.share)
    if progress.seconds_left is None:
        return text("{percent}%", percent=percent)
    return text("{percent}%  ·  {time} left", percent=percent, time=duration_in_words(progress.seconds_left))


def summary_of(items: Sequence[QueueItem]) -> str:
    """Of items of which none is at work."""
    if len(items) == 1:
        return text("{title}: {value}", title=title_of(items[0]), value=state_of(items[0]))
    counts = {state: sum(one.state is state for one in items) for state in ItemState}
    said = (
        counted("{count:,} finished", "{count:,} finished", counts[ItemState.DONE]),
        counted("{count:,} failed", "{count:,} failed", counts[ItemState.FAILED]),
        counted("{count:,} stopped", "{count:,} stopped", counts[ItemState.STOPPED]),
    )
    states = (ItemState.DONE, ItemState.FAILED, ItemState.STOPPED)
    return joined("  ·  ", (one for one, state in zip(said, states, strict=True) if counts[state]))
