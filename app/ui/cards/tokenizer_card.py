"""The tokenizer: its kind and how that is known, special tokens, the template, and a box to try a text in."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QToolButton, QWidget

from app.core.text import in_one_line
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.try_text import TriedText
from app.ui.widgets.card_frame import CardFrame, quiet, wrapping

PAUSE = 350  # milliseconds without a key before a text is tried
TEMPLATE_LINES = 9
KINDS = {"gpt2": "byte-level BPE", "llama": "SentencePiece", "gemma4": "Gemma 4's BPE", "plamo2": "PLaMo's unigram"}


class TokenizerCard(CardFrame):
    """Emits `text_typed(str)`; shown while there is a vocabulary."""

    text_typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Tokenizer"), parent)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Type a text to see its tokens"))
        self.text.setAccessibleName(self.tr("Text to tokenize"))
        self.text.setClearButtonEnabled(True)
        self.tokens = wrapping()
        self.tokens.setAccessibleName(self.tr("Tokens of the text"))
        self._toggle = QToolButton()
        self._toggle.setText(self.tr("Chat template, rendered"))
        self._toggle.setCheckable(True)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setAutoRaise(True)
        self._toggle.toggled.connect(self._show_template)
        self._template = QPlainTextEdit()
        self._template.setReadOnly(True)
        self._template.setAccessibleName(self.tr("Chat template, rendered with two turns"))
        self._template.setFixedHeight(self.fontMetrics().lineSpacing() * TEMPLATE_LINES)
        self._template.setTabChangesFocus(True)
        for widget in (self.text, self.tokens, self._toggle, self._template):
            self.body.addWidget(widget)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE)
        self._pause.timeout.connect(lambda: self.text_typed.emit(self.text.text()))
        self.text.textChanged.connect(self._typed)
        self._show_template(False)
        self.hide()

    def show_vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Fill in; hidden while nothing is known."""
        self.setVisible(vocabulary is not None and bool(vocabulary.tokens))
        if vocabulary is None or not vocabulary.tokens:
            self.text.clear()
            return
        rows = self._facts(vocabulary)
        while len(self._rows) < len(rows):
            self._add_row()
        for number, (title, text) in enumerate(self._rows):
            name, value = rows[number] if number < len(rows) else ("", "")
            title.setText(name)
            text.setText(value)
            text.setAccessibleName(f"{name}: {value}")
            title.setVisible(bool(name))
            text.setVisible(bool(name))
        rendered = vocabulary.rendered_template
        self._template.setPlainText(rendered or "")
        self._toggle.setVisible(rendered is not None)
        self._show_template(self._toggle.isChecked() and rendered is not None)

    def show_tokens(self, tried: TriedText | None, reason: str = "") -> None:
        """The pieces of the text that was typed, or why there are none."""
        if tried is not None and tried.text != self.text.text():
            return  # typed on meanwhile
        shown = (
            ""
            if tried is None
            else self.tr("{} tokens: {}").format(
                len(tried.ids), "  ·  ".join(in_one_line(piece.replace(" ", "▁")) for piece in tried.pieces)
            )
        )
        self.tokens.setText(reason or shown)
        self.tokens.setVisible(bool(self.tokens.text()))

    def _facts(self, vocabulary: Vocabulary) -> list[tuple[str, str]]:
        kind = KINDS.get(vocabulary.model, vocabulary.model)
        counts = self.tr("{} in the tokenizer, {} of them added; {} rows in the embedding").format(
            f"{vocabulary.entry_count:,}", f"{vocabulary.added_count:,}", f"{vocabulary.row_count:,}"
        )
        special = in_one_line(", ".join(f"{role} {text}" for role, text in vocabulary.special_texts.items()))
        pre = self.tr("{}, by {}").format(vocabulary.pre_tokenizer, vocabulary.recognised_by.value)
        rows = [(self.tr("Kind"), f"{kind} ({vocabulary.model})"), (self.tr("Pre-tokenizer"), pre)]
        return [*rows, (self.tr("Tokens"), counts), (self.tr("Special"), special or self.tr("none"))]

    def _add_row(self) -> None:
        title, text, row = quiet(QLabel()), wrapping(), len(self._rows)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(title, row, 0, top)
        self._grid.addWidget(text, row, 1, top)
        self._rows.append((title, text))

    def _typed(self, text: str) -> None:
        if text:
            self._pause.start()
        else:
            self._pause.stop()
            self.show_tokens(None)

    def _show_template(self, shown: bool) -> None:
        self._template.setVisible(shown)
        self._toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
