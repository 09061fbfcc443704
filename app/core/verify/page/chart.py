"""KLD of each position as points of a drawing, in its own units: x is the place in the text, y the logarithm."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.human_text import power_in_words
from app.core.text import Text, text
from app.core.verify.results.report import DistributionProof, Limit, Passage, Position

WIDTH, HEIGHT = 960, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 848, 48, 330  # of the area for points; limits are named on its right
LOWEST = 1e-9  # nats; float32 tells no smaller ones apart, and 0 has no logarithm
LABEL_HEIGHT = 15  # of a label of 12 units, with room above it
LETTER, WIDE_LETTER = 8.0, 12.5  # about so wide are bold letters of 12 units, the widest fonts considered


@dataclass(frozen=True)
class Tick:
    """A line of the grid."""

    y: float
    label: str


@dataclass(frozen=True)
class Point:
    """A position; `is_other`: the likeliest token is another one."""

    x: float
    y: float
    title: Text
    is_other: bool


@dataclass(frozen=True)
class Band:
    """A passage from `left` to `right`; `mean_y` is the height of its mean."""

    left: float
    right: float
    name: Text
    mean_y: float
    mean: Text


@dataclass(frozen=True)
class Line:
    """A level, with a name at `label_y`."""

    y: float
    label: Text
    label_y: float


@dataclass(frozen=True)
class Chart:
    """All there is to draw."""

    ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    points: tuple[Point, ...]
    limits: tuple[Line, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


@dataclass(frozen=True)
class Scale:
    """Powers of ten between which all that is shown lies."""

    low: int
    high: int

    def y(self, nats: float) -> float:
        """What is beyond the scale, or no number, is drawn at its end."""
        power = math.log10(max(nats, LOWEST)) if math.isfinite(nats) else math.inf
        share = (min(max(power, self.low), self.high) - self.low) / (self.high - self.low)
        return round(BOTTOM - share * (BOTTOM - TOP), 2)

    def ticks(self) -> Iterator[Tick]:
        """One for each power of ten."""
        for power in range(self.low, self.high + 1):
            yield Tick(self.y(10.0**power), power_in_words(10, power) if power else "1")


def kld_chart(proof: DistributionProof, limits: Sequence[Limit] = ()) -> Chart:
    """Of a proof with at least one position. `limits` are of means, so that single points may well lie above them."""
    passages = [passage for passage in proof.passages if passage.positions]
    count = sum(len(passage.positions) for passage in passages)
    divergences = [one.divergence for passage in passages for one in passage.positions]
    scale = _scale([*divergences, *(limit.divergence for limit in limits)])
    bands: list[Band] = []
    points: list[Point] = []
    first = 0
    for passage in passages:
        left, right = _x(first, count), _x(first + len(passage.positions), count)
        bands.append(_band(passage, left, right, scale))
        points += _points(passage, first, count, scale)
        first += len(passage.positions)
    return Chart(tuple(scale.ticks()), tuple(bands), tuple(points), tuple(_lines(limits, scale)))


def mean_of(passage: Passage) -> float:
    """In nats."""
    return math.fsum(one.divergence for one in passage.positions) / len(passage.positions)


def _x(place: float, count: int) -> float:
    return round(LEFT + place / count * (RIGHT - LEFT), 2)


def _scale(shown: list[float]) -> Scale:
    powers = [math.log10(nats) for nats in shown if nats > LOWEST and math.isfinite(nats)]
    if not powers:
        return Scale(-9, -8)
    low = math.floor(min(powers))
    return Scale(low, max(math.ceil(max(powers)), low + 1))


def _band(passage: Passage, left: float, right: float, scale: Scale) -> Band:
    mean = mean_of(passage)
    said = text("{passage}: mean {nats:.6f} nats", passage=passage.name, nats=mean)
    return Band(left, right, passage.name, scale.y(mean), said)


def fitting(name: str, room: float) -> str:
    """As much of a name as there is room for."""
    if _width(name) <= room:
        return name
    while name and _width(name) + LETTER > room:
        name = name[:-1]
    return f"{name.rstrip()}…" if name else ""


def _width(name: str) -> float:
    return sum(WIDE_LETTER if unicodedata.east_asian_width(letter) in "WF" else LETTER for letter in name)


def _points(passage: Passage, first: int, count: int, scale: Scale) -> Iterator[Point]:
    for number, one in enumerate(passage.positions):
        x = _x(first + number + 0.5, count)
        yield Point(x, scale.y(one.divergence), _title(passage, number, one), not one.same_best)


def _title(passage: Passage, number: int, one: Position) -> Text:
    return text(
        "{passage}, position {number:,}: {nats:.3g} nats. The token that follows: {folder:.2%} by the folder, "
        "{file:.2%} by the file.",
        passage=passage.name,
        number=number + 1,
        nats=one.divergence,
        folder=_probability(one.by_folder),
        file=_probability(one.by_file),
    )


def _probability(logarithm: float) -> float:
    return math.exp(min(logarithm, 0.0))


def _lines(limits: Sequence[Limit], scale: Scale) -> Iterator[Line]:
    levels = [scale.y(limit.divergence) for limit in limits]
    for limit, y, label_y in zip(limits, levels, apart(levels, LABEL_HEIGHT), strict=True):
        said = text("{verdict} ≤ {nats:.2g}", verdict=limit.verdict.title, nats=limit.divergence)
        yield Line(y, said, label_y)


def apart(levels: Sequence[float], least: float) -> list[float]:
    """Where labels of levels stand, which come from below to above: at their level, or clear of the label below."""
    found: list[float] = []
    for y in levels:
        found.append(min(y, found[-1] - least) if found else y)
    return found
