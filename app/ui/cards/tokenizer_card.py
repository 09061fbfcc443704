"""The tokenizer: its kind and how that is known, special tokens, the template, and a box to try a text in."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QToolButton, QWidget

from app.core.errors import AppError
from app.core.text import counted, in_one_line, reason_of, text
from app.core.tokenizer import Vocabulary
from app.core.tokenizer.try_text import TriedText
from app.ui.say import say
from app.ui.widgets.card_frame import CardFrame, wrapping
from app.ui.widgets.facts import Facts

PAUSE = 350  # milliseconds without a key before a text is tried
TEMPLATE_LINES = 9
KINDS = {
    "gpt2": text("byte-level BPE"),
    "llama": text("SentencePiece"),
    "gemma4": text("Gemma 4's BPE"),
    "plamo2": text("PLaMo's unigram"),
}


class TokenizerCard(CardFrame):
    """Emits `text_typed(str)`; shown while there is a vocabulary."""

    text_typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text("Tokenizer"), parent)
        self._facts = Facts()
        self.body.addLayout(self._facts)
        self.text = QLineEdit()
        self.text.setPlaceholderText(say(text("Type a text to see its tokens")))
        self.text.setAccessibleName(say(text("Text to tokenize")))
        self.text.setClearButtonEnabled(True)
        self.tokens = wrapping()
        self.tokens.setAccessibleName(say(text("Tokens of the text")))
        self._toggle = QToolButton()
        self._toggle.setText(say(text("Chat template, rendered")))
        self._toggle.setCheckable(True)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._toggle.setAutoRaise(True)
        self._toggle.toggled.connect(self._show_template)
        self._template = QPlainTextEdit()
        self._template.setReadOnly(True)
        self._template.setAccessibleName(say(text("Chat template, rendered with two turns")))
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
        self._facts.show_rows(_facts_of(vocabulary))
        rendered = vocabulary.rendered_template
        self._template.setPlainText(rendered or "")
        self._toggle.setVisible(rendered is not None)
        self._show_template(self._toggle.isChecked() and rendered is not None)

    def show_tried(self, tried: TriedText | AppError) -> None:
        """The pieces of the text that was typed, or why there are none."""
        if isinstance(tried, AppError):
            self._show_tokens(say(reason_of(tried)))
        elif tried.text == self.text.text():  # else it was typed on meanwhile
            self._show_tokens(_pieces_of(tried))

    def _show_tokens(self, said: str) -> None:
        self.tokens.setText(said)
        self.tokens.setVisible(bool(said))

    def _typed(self, typed: str) -> None:
        if typed:
            self._pause.start()
        else:
            self._pause.stop()
            self._show_tokens("")

    def _show_template(self, shown: bool) -> None:
        self._template.setVisible(shown)
        self._toggle.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)


def _facts_of(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Titles and values."""
    model = vocabulary.model
    counts = text(
        "{entries:,} in the tokenizer, {added:,} of them added; {rows:,} rows in the embedding",
        entries=vocabulary.entry_count,
        added=vocabulary.added_count,
        rows=vocabulary.row_count,
    )
    name, evidence = vocabulary.pre_tokenizer, vocabulary.recognised_by.value
    special = ", ".join(f"{role} {token}" for role, token in vocabulary.special_texts.items())
    return [
        (text("Kind"), text("{kind} ({model})", kind=KINDS.get(model, model), model=model)),
        (text("Pre-tokenizer"), text("{name} ({evidence})", name=name, evidence=evidence) if name else evidence),
        (text("Tokens"), counts),
        (text("Special"), special or text("none")),
    ]


def _pieces_of(tried: TriedText) -> str:
    """How many, and each of them."""
    count = say(counted("{count} token:", "{count} tokens:", len(tried.ids)))
    return f"{count} {'  ·  '.join(in_one_line(piece.replace(' ', '▁')) for piece in tried.pieces)}"
