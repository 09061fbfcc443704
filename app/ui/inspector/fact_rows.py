"""What is told of a tensor: titles and values."""

from collections.abc import Callable, Iterator, Mapping

from app.core.checkpoint import ModelTensor
from app.core.describe.fine_tuned import update_words
from app.core.describe.summary import dtype_in_words, what_happens
from app.core.encode.kept import Kept
from app.core.human_text import bytes_in_words, shape_in_words
from app.core.plan import DroppedTensor, PlannedTensor
from app.core.text import Text, counted, in_one_line, joined, text
from app.core.verify.weights.tensor_change import TensorChange
from app.core.weights.figures import Figures
from app.ui.inspector.bars import figure

Rows = list[tuple[str, str]]
NOTHING = "–"


def tensor_rows(tensor: PlannedTensor | DroppedTensor, error: float | None, kept: Kept | None) -> Rows:
    """What is known without reading a value. There are always as many rows, so that nothing jumps."""
    source = tensor.source
    written = tensor if isinstance(tensor, PlannedTensor) else None
    stored = sources_of(tensor)
    return [
        (text("Shape"), shape_in_words(source.shape)),
        (text("Stored as"), dtype_in_words(source)),
        (text("Size"), _size(source.byte_count) if stored else NOTHING),
        (text("Shard"), joined(", ", _shards(stored)) or NOTHING),
        (text("Offset"), f"{stored[0].stored.offset:,}" if len(stored) == 1 else NOTHING),
        (text("Type"), written.type.name if written else NOTHING),
        (text("File size"), _size(written.byte_count) if written else NOTHING),
        (text("What happens"), joined("; ", (what_happens(tensor), *(update_words(written) if written else ())))),
        (text("Change (average)"), _change(written, error)),
        (text("Kept"), text("{share:.1%} of the fine-tune", share=kept.share) if kept else NOTHING),
    ]


def sources_of(tensor: PlannedTensor | DroppedTensor) -> tuple[ModelTensor, ...]:
    """What stands in the folder for it."""
    return tensor.sources if isinstance(tensor, PlannedTensor) else (tensor.source,)


FIGURES: Mapping[Text, Callable[[Figures], str]] = {
    text("Values"): lambda found: f"{found.count:,}",
    text("Smallest"): lambda found: figure(found.minimum),
    text("Largest"): lambda found: figure(found.maximum),
    text("Mean"): lambda found: figure(found.mean),
    text("Standard deviation"): lambda found: figure(found.deviation),
    text("Zeros"): lambda found: _counted_of(found.zeros, found.count),
    text("NaN"): lambda found: f"{found.nans:,}",
    text("Infinite"): lambda found: f"{found.infinities:,}",
}


def figure_rows(found: Figures | None) -> Rows:
    """Of the values that MLX computes with; None while they are being read."""
    return [(title, NOTHING if found is None else told(found)) for title, told in FIGURES.items()]


def change_rows(found: TensorChange) -> Rows:
    """Of what a conversion changed."""
    figures = found.distribution.figures
    changed = figures.count - figures.zeros
    return [
        (text("Changed"), _counted_of(changed, figures.count)),
        (text("Largest change"), figure(figures.largest)),
        (text("Standard deviation"), figure(figures.deviation)),
    ]


def _change(written: PlannedTensor | None, error: float | None) -> str:
    if error:
        return text("{error:.3%} of the values", error=error)
    if error == 0 or (written and written.error == 0):
        return text("exact")
    if written and written.error:
        return text("at most {error:.2g} for a value", error=written.error)
    return text("Measured while converting") if written else NOTHING


def _counted_of(count: int, total: int) -> str:
    return text("{count:,} ({share:.2%})", count=count, share=count / total) if count else "0"


def _size(count: int) -> Text:
    exact = counted("{count:,} byte", "{count:,} bytes", count)
    return text("{size} ({exact})", size=bytes_in_words(count), exact=exact) if count >= 1000 else exact


def _shards(tensors: tuple[ModelTensor, ...]) -> Iterator[str]:
    yield from dict.fromkeys(in_one_line(one.stored.file.path.name) for one in tensors)
