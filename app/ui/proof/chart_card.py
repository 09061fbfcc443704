"""The chart, and under it what is known of the position that was chosen."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.core.text import counted, text
from app.core.verify.page.chart import kld_chart
from app.core.verify.report import DistributionProof, Limit
from app.ui import desktop
from app.ui.proof.chart import DivergenceChart
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, wrapping


class ChartCard(CardFrame):
    """KLD at each position of the text that both engines read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("KLD of each position, in nats"), parent)
        self.chart, self.readout = DivergenceChart(), wrapping()
        self.readout.setMinimumHeight(2 * self.readout.fontMetrics().lineSpacing())  # nothing jumps
        self.body.addWidget(self.chart)
        self.body.addWidget(self.readout)
        self.chart.selected.connect(self._selected)

    def show_proof(self, proof: DistributionProof, limits: Sequence[Limit]) -> None:
        """Of a proof with at least one position."""
        figures = proof.figures
        description = counted(
            "{count:,} position on a logarithmic axis: mean {mean:.3g}, median {median:.3g}, largest {largest:.3g} "
            "nats. The arrow keys go from one to the next, Page Up and Page Down from passage to passage.",
            "{count:,} positions on a logarithmic axis: mean {mean:.3g}, median {median:.3g}, largest {largest:.3g} "
            "nats. The arrow keys go from one to the next, Page Up and Page Down from passage to passage.",
            sum(len(passage.positions) for passage in proof.passages),
            mean=figures.mean.value,
            median=figures.median,
            largest=figures.maximum,
        )
        self.chart.show_chart(kld_chart(proof, limits), description)
        self.readout.setText(say(text("Click a mark, or press the arrow keys, to read its figures.")))

    def _selected(self, told: str) -> None:
        self.readout.setText(told)
        desktop.tell(self.chart, told)
