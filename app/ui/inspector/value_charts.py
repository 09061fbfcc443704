"""How often values are how large: by equal ranges, or by powers of two."""

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.core.text import Text, text
from app.core.weights.figures import Distribution
from app.ui.inspector.bar_chart import BarChart
from app.ui.inspector.bars import Bars, of_histogram, of_magnitudes
from app.ui.say import say
from app.ui.widgets.outlined import OutlinedRadioButton


class ValueCharts(QWidget):
    """One chart and the choice of its scale, which stays from tensor to tensor."""

    def __init__(self, name: Text, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Distribution | None = None
        self.chart = BarChart(name)
        self.linear = OutlinedRadioButton(self)
        self.linear.setText(say(text("Linear")))
        self.linear.setToolTip(say(text("Values, in ranges of equal width")))
        self.powers = OutlinedRadioButton(self)
        self.powers.setText(say(text("Powers of two")))
        self.powers.setToolTip(say(text("Magnitudes, by the power of two below them")))
        self.linear.setChecked(True)
        group = QButtonGroup(self)
        choice = QHBoxLayout()
        choice.setSpacing(14)
        for button in (self.linear, self.powers):
            group.addButton(button)
            choice.addWidget(button)
        choice.addStretch(1)
        group.buttonToggled.connect(self._draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(choice)
        layout.addWidget(self.chart)

    def show_distribution(self, found: Distribution | None) -> None:
        """None while it is being read: the place stays."""
        self._found = found
        self._draw()

    def _draw(self) -> None:
        found = self._found
        if found is None:
            self.chart.show_bars(Bars())
        elif self.linear.isChecked():
            self.chart.show_bars(of_histogram(found.histogram))
        else:
            self.chart.show_bars(of_magnitudes(found.figures.magnitudes))
