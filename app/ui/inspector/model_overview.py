"""What takes how much of the model, in the folder and in the file, and where a conversion changed most."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.describe.model_shares import ModelShares
from app.core.human_text import bytes_in_words
from app.core.text import counted, text
from app.ui.inspector.bar_chart import BarChart
from app.ui.inspector.bars import of_layer_changes, of_layer_sizes
from app.ui.inspector.part_bars import PartBars
from app.ui.inspector.section import Section
from app.ui.say import say
from app.ui.widgets.card_frame import heading, wrapping
from app.ui.widgets.facts import Facts


class ModelOverview(QWidget):
    """Shown while no tensor is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts, self.parts = Facts(), PartBars()
        self.sizes = BarChart(text("Size of each layer"))
        self.changes = BarChart(text("Change of each layer"))
        by_part, self.by_layer = Section(text("By part")), Section(text("By layer"))
        self.change = Section(text("Change by layer"))
        by_part.add(self.parts)
        self.by_layer.add(wrapping(text("Pale: in the folder. Strong: in the file.")))
        self.by_layer.add(self.sizes)
        self.change.add(self.changes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        layout.addWidget(heading(text("The whole model")))
        layout.addLayout(self._facts)
        layout.addWidget(by_part)
        layout.addWidget(self.by_layer)
        layout.addWidget(self.change)

    def show_shares(self, found: ModelShares) -> None:
        """Of a plan, or of a finished file."""
        whole = found.whole
        kept = [(text("Fine-tune kept"), f"{whole.kept:.1%}")] if whole.kept is not None else []
        file_size = (
            []
            if found.beside is None
            else [
                (text("Tokenizer and metadata"), bytes_in_words(found.beside)),
                (text("File size"), bytes_in_words(whole.after + found.beside)),
            ]
        )
        change = "–" if whole.change is None else f"{whole.change:.2%}" if whole.change else text("exact")
        self._facts.show_rows(
            [
                (text("Tensors"), f"{whole.tensor_count:,}"),
                (text("In the folder"), bytes_in_words(whole.before)),
                (text("In the file"), bytes_in_words(whole.after)),
                *file_size,
                (text("Change (average)"), change),
                *kept,
            ]
        )
        self.parts.show_parts(found.parts)
        self.sizes.show_bars(of_layer_sizes(found.layers))
        changes = of_layer_changes(found.layers)
        self.changes.show_bars(changes)
        self.by_layer.setVisible(bool(found.layers))
        self.change.setVisible(bool(changes.bars))
        self.setAccessibleName(say(counted("{count:,} layer", "{count:,} layers", len(found.layers))))
