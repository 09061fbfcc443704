"""States of the help, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.core.findings import blocker, info
from app.core.plan.head.head_words import SHARE
from app.core.text import text
from app.ui.cards.findings_card import FindingsCard
from app.ui.help.help_window import HelpWindow


def pictures(place: Path) -> Iterator[tuple[str, QWidget]]:
    """Names of states, and the widget in them."""
    for state, code in {"start": "", "finding": "combining-marks", "small": "foreign-quantization"}.items():
        window = HelpWindow()
        if state == "small":
            window.resize(640, 400)
        window.show()
        window.show_about(code)
        yield state, window
    window = HelpWindow()
    window.search.setText("llama.cpp")
    yield "search", window
    card = FindingsCard()
    card.show_findings(
        (
            info("not-saved-by-mlx", text("The weights do not appear to have been saved by MLX.")),
            blocker(
                "lm-head-missing",
                text(
                    "The folder has no lm_head, and config.json does not say that the output is tied to the embedding."
                ),
                text("The head was lost, or config.json is wrong."),
                text("Save the model again with its head, or choose to share the embedding."),
                remedies=(SHARE,),
            ),
        )
    )
    card.resize(820, card.heightForWidth(820))
    yield "learn-more", card
