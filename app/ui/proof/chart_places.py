"""Where the parts of a chart lie in a widget: the core's drawing, stretched over the room that there is."""

from PySide6.QtCore import QPointF, QRectF

from app.core.verify.page.chart import Chart


class Places:
    """Places in `area`, in pixels."""

    def __init__(self, chart: Chart, area: QRectF) -> None:
        self.chart, self.area = chart, area

    def x(self, x: float) -> float:
        """Of an x of the drawing."""
        return self.area.left() + (x - self.chart.left) * self.area.width() / (self.chart.right - self.chart.left)

    def y(self, y: float) -> float:
        """Of a y of the drawing."""
        return self.area.top() + (y - self.chart.top) * self.area.height() / (self.chart.bottom - self.chart.top)

    def point(self, index: int) -> QPointF:
        """Of a position."""
        point = self.chart.points[index]
        return QPointF(self.x(point.x), self.y(point.y))

    def nearest(self, place: QPointF) -> int | None:
        """The position that is meant by a place, None outside the area."""
        if not self.area.contains(place):
            return None
        return min(range(len(self.chart.points)), key=lambda index: (self.point(index) - place).manhattanLength())
