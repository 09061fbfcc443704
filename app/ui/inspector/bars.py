"""Charts of bars as plain data: heights between 0 and 1, and what is told of each."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.describe.model_shares import Share
from app.core.human_text import bytes_in_words, count_in_words, power_in_words
from app.core.text import NOTHING, Text, counted, text
from app.core.weights.figures import Histogram, Magnitudes

STEPS = 1, 2, 5, 10  # of a scale that people count in
MOST_TICKS = 4


@dataclass(frozen=True)
class Bar:
    """One or two heights beside each other, the second one after a conversion; `told` is what is known of them."""

    heights: tuple[float, ...]
    told: Text


@dataclass(frozen=True)
class Bars:
    """`ticks` are heights with what they are, from below; `ends` what stands below the first and the last bar.

    `said` is for those who cannot see it.
    """

    bars: tuple[Bar, ...] = ()
    ticks: tuple[tuple[float, str], ...] = ()
    ends: tuple[str, str] = ("", "")
    said: Text = NOTHING


def of_histogram(found: Histogram) -> Bars:
    """Of values: a bar for each range of equal width."""
    told = (
        _range(figure(low), figure(high), count)
        for count, (low, high) in ((count, found.edges(number)) for number, count in enumerate(found.counts))
    )
    return _counted(found.counts, told, (figure(found.low), figure(found.high)))


def of_magnitudes(found: Magnitudes) -> Bars:
    """Of magnitudes: a bar for each power of two."""
    powers = range(found.first, found.first + len(found.counts))
    told = (
        _range(power_in_words(2, power), power_in_words(2, power + 1), count)
        for power, count in zip(powers, found.counts, strict=True)
    )
    ends = (power_in_words(2, powers[0]), power_in_words(2, powers[-1] + 1)) if found.counts else ("", "")
    return _counted(found.counts, told, ends)


def of_layer_sizes(layers: Mapping[int, Share]) -> Bars:
    """Two bars for each layer, of what it takes in the folder and in the file."""
    most = max((max(one.before, one.after) for one in layers.values()), default=0)
    bars = tuple(
        Bar(
            (_part(one.before, most), _part(one.after, most)),
            text(
                "Layer {layer}: {before} in the folder, {after} in the file",
                layer=layer,
                before=bytes_in_words(one.before),
                after=bytes_in_words(one.after),
            ),
        )
        for layer, one in layers.items()
    )
    ticks = tuple((value / most, bytes_in_words(value)) for value in scale(most))
    said = text("{count:,} layers; the largest takes {size}.", count=len(bars), size=bytes_in_words(most))
    return Bars(bars, ticks, _layers(layers), said if bars else NOTHING)


def of_layer_changes(layers: Mapping[int, Share]) -> Bars:
    """A bar for each layer of which a change was measured; nothing where none was."""
    known = {layer: (one.change, one.kept) for layer, one in layers.items() if one.change is not None}
    most = max((change or 0.0 for change, _ in known.values()), default=0.0)
    if not most:
        return Bars()
    bars = tuple(Bar((_part(change, most),), _change(layer, change, kept)) for layer, (change, kept) in known.items())
    ticks = tuple((value / most / 100, f"{value:.3g}%") for value in scale(100 * most))
    worst = max(known, key=lambda layer: known[layer][0] or 0.0)
    said = text("Layer {layer} changes most: by {change:.2%} on average.", layer=worst, change=most)
    return Bars(bars, ticks, _layers(known), said)


def _change(layer: int, change: float | None, kept: float | None) -> Text:
    if kept is None:
        return text("Layer {layer}: changed by {change:.2%} on average", layer=layer, change=change)
    return text(
        "Layer {layer}: changed by {change:.2%} on average, {kept:.1%} of the fine-tune kept",
        layer=layer,
        change=change,
        kept=kept,
    )


def _layers(layers: Iterable[int]) -> tuple[str, str]:
    numbers = [str(layer) for layer in layers]
    return (numbers[0], numbers[-1]) if numbers else ("", "")


def _counted(counts: Sequence[int], told: Iterable[Text], ends: tuple[str, str]) -> Bars:
    most = max(counts, default=0)
    bars = tuple(Bar((_part(count, most),), one) for count, one in zip(counts, told, strict=True))
    ticks = tuple((value / most, count_in_words(round(value))) for value in scale(most) if value >= 1 or not value)
    said = text("Most values: {range}.", range=bars[counts.index(most)].told) if most else NOTHING
    return Bars(bars, ticks, ends, said)


def _range(low: str, high: str, count: int) -> Text:
    return counted("{low} to {high}: {count:,} value", "{low} to {high}: {count:,} values", count, low=low, high=high)


def _part(value: float | None, most: float) -> float:
    return (value or 0.0) / most if most else 0.0


def scale(most: float) -> list[float]:
    """0 and a few round numbers up to `most`, of which none is more."""
    if not most:
        return []
    power = 10.0 ** math.floor(math.log10(most / MOST_TICKS))
    step = next(one * power for one in STEPS if most / (one * power) <= MOST_TICKS)
    return [number * step for number in range(math.floor(most / step + 1e-9) + 1)]


def figure(value: float) -> str:
    """With three digits."""
    return f"{value:.3g}".replace("-", "−")
