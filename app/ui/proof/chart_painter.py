"""Draws a chart of divergences: decades, passages, limits, a mark for each position, what the marks mean."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.text import Text, in_one_line
from app.core.verify.page.chart import Chart, apart
from app.ui.proof.chart_places import Places
from app.ui.proof.tones import Tone
from app.ui.say import say
from app.ui.widgets.axes import GAP, Axes, faded

DOT, DIAMOND, RING = 2.0, 4.0, 6.0
LABELS, DASH = 44, 24  # pixels: for the numbers of the axis; of the legend's line


def area_of(widget: QWidget, chart: Chart, legend: Sequence[Text]) -> QRectF:
    """Where the marks are: passages are named above it, decades at its left, limits at its right, marks below."""
    line = widget.fontMetrics().height()
    below = len(legend_rows(widget, legend)) * (line + GAP)
    beside = max((widget.fontMetrics().horizontalAdvance(say(limit.label)) for limit in chart.limits), default=GAP)
    return QRectF(widget.rect()).adjusted(LABELS, line + 2 * GAP, -beside - 2 * GAP, -below - 2 * GAP)


def legend_rows(widget: QWidget, legend: Sequence[Text]) -> list[list[tuple[int, str]]]:
    """As many entries in a row as there is room for: of each its number, and what it says."""
    metrics, x = widget.fontMetrics(), widget.width()
    rows: list[list[tuple[int, str]]] = []
    for number, said in enumerate(map(say, legend)):
        if not said:
            continue
        room = DASH + 4 * GAP + metrics.horizontalAdvance(said)
        if x + room > widget.width():
            rows.append([])
            x = LABELS
        rows[-1].append((number, said))
        x += room
    return rows


class ChartPainter:
    """One painting."""

    def __init__(self, painter: QPainter, widget: QWidget, places: Places) -> None:
        self._painter, self._widget, self._places, self._chart = painter, widget, places, places.chart
        self._axes, self._metrics = Axes(painter, widget), widget.fontMetrics()
        palette = widget.palette()
        self._same, self._other = Tone.FAIR.colour(palette), Tone.POOR.colour(palette)

    def paint(self, chosen: int | None, legend: Sequence[Text]) -> None:
        """Everything; `chosen` is marked. `legend`: what a point, a diamond and both kinds of line are."""
        self._passages()
        ticks = ((self._places.y(tick.y), tick.label) for tick in self._chart.ticks)
        self._axes.grid(self._places.area, ticks)
        for index, point in enumerate(self._chart.points):
            self._mark(self._places.point(index), point.is_other)
        self._levels()
        if chosen is not None:
            self._ring(self._places.point(chosen))
        self._legend(legend)
        self._axes.frame_focus()

    def _passages(self) -> None:
        """Every second one on another ground, so that one sees where the next begins; their names above."""
        area = self._places.area
        ground = faded(self._axes.text, 0.06)
        for number, band in enumerate(self._chart.bands):
            left, right = self._places.x(band.left), self._places.x(band.right)
            if number % 2:
                self._painter.fillRect(QRectF(left, area.top(), right - left, area.height()), ground)
            self._axes.line(self._axes.faint, QPointF(left, area.top() - GAP), QPointF(left, area.bottom()))
            whole = in_one_line(say(band.name))
            name = self._metrics.elidedText(whole, Qt.TextElideMode.ElideRight, int(right - left) - GAP)
            if name == whole or len(name) > 3:  # two letters and … say nothing
                self._axes.write(QPointF(left + GAP / 2, area.top() - GAP - self._metrics.descent()), name)

    def _levels(self) -> None:
        """The mean of each passage, and the limits that verdicts have."""
        area = self._places.area
        for band in self._chart.bands:
            y = self._places.y(band.mean_y)
            start, end = QPointF(self._places.x(band.left), y), QPointF(self._places.x(band.right), y)
            self._axes.line(self._axes.text, start, end, 2)
        levels = [self._places.y(limit.y) for limit in self._chart.limits]
        labels = apart(levels, self._metrics.height())
        for limit, y, label_y in zip(self._chart.limits, levels, labels, strict=True):
            self._axes.dashed(self._other, QPointF(area.left(), y), QPointF(area.right(), y))
            self._axes.write(QPointF(area.right() + GAP, self._axes.middle(label_y)), say(limit.label))

    def _mark(self, place: QPointF, is_other: bool) -> None:
        """A dot, or a diamond where the likeliest token is another: the colour alone does not tell."""
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._other if is_other else self._same)
        if is_other:
            corners = (QPointF(0, -DIAMOND), QPointF(DIAMOND, 0), QPointF(0, DIAMOND), QPointF(-DIAMOND, 0))
            self._painter.drawPolygon(QPolygonF([place + corner for corner in corners]))
        else:
            self._painter.drawEllipse(place, DOT, DOT)

    def _ring(self, place: QPointF) -> None:
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(QPen(self._axes.text, 1.5))
        self._painter.drawEllipse(place, RING, RING)

    def _legend(self, legend: Sequence[Text]) -> None:
        area, line = self._places.area, self._metrics.height()
        draw = (self._point, self._diamond, self._mean, self._limit)
        for number, row in enumerate(legend_rows(self._widget, legend)):
            place = QPointF(area.left() + GAP, area.bottom() + 2 * GAP + line / 2 + number * (line + GAP))
            for entry, said in row:
                place.setX(self._beside(place.x() + draw[entry](place) + GAP, place.y(), said))

    def _point(self, place: QPointF) -> int:
        self._mark(place, False)
        return GAP

    def _diamond(self, place: QPointF) -> int:
        self._mark(place, True)
        return GAP

    def _mean(self, place: QPointF) -> int:
        self._axes.line(self._axes.text, place, place + QPointF(DASH, 0), 2)
        return DASH

    def _limit(self, place: QPointF) -> int:
        self._axes.dashed(self._other, place, place + QPointF(DASH, 0))
        return DASH

    def _beside(self, x: float, middle: float, said: str) -> float:
        """Write, and give the place for what comes next."""
        self._axes.write(QPointF(x, self._axes.middle(middle)), said)
        return x + self._metrics.horizontalAdvance(said) + 3 * GAP
