"""The chart, and under it what is known of the position that was chosen."""

from PySide6.QtWidgets import QWidget

from app.core.text import text
from app.core.verify.page.parts import Drawing
from app.ui import desktop
from app.ui.proof.chart import DivergenceChart
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, heading, wrapping


class ChartCard(CardFrame):
    """KLD of each position of the text that both engines read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._title, self.chart, self.said, self.readout = heading(""), DivergenceChart(), wrapping(), wrapping()
        self.readout.setMinimumHeight(2 * self.readout.fontMetrics().lineSpacing())  # nothing jumps
        for widget in (self._title, self.chart, self.said, self.readout):
            self.body.addWidget(widget)
        self.chart.selected.connect(self._selected)

    def show_drawing(self, drawing: Drawing) -> None:
        """Fill in."""
        self._title.setText(say(drawing.title))
        self.chart.show_drawing(drawing)
        self.said.setText(say(drawing.said))
        self.readout.setText(say(text("Click a mark, or press the arrow keys, to read its figures.")))

    def _selected(self, told: str) -> None:
        self.readout.setText(told)
        desktop.tell(self.chart, told)
