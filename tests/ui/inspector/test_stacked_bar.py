"""Kinds of parts as pieces of a bar: their lengths, what keeps them apart, what is told of each."""

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from app.core.describe.model_shares import Share
from app.core.describe.tensor_places import PartKind
from app.core.text import text
from app.ui.inspector.part_bars import PartBars
from app.ui.inspector.stacked_bar import STRENGTH, Piece, Sign, StackedBar
from tests.ui.accessible import contrast
from tests.ui.dark import dark_palette

SEEN = 3.0  # to one, of what is no text
SHARES = {
    PartKind.EMBEDDING: Share(1, 600, 300),
    PartKind.ATTENTION: Share(4, 200, 100),
    PartKind.NORMS: Share(2, 200, 0),
}


@pytest.fixture(params=["light", "dark"])
def bar(qtbot, request):
    widget = StackedBar()
    qtbot.addWidget(widget)
    if request.param == "dark":
        widget.setPalette(dark_palette())
    widget.resize(100 * len(PartKind), 16)
    pieces = [Piece(kind, 100, text("{title}: {value}", title=kind.title, value="100 MB")) for kind in PartKind]
    widget.show_pieces(pieces, 100 * len(PartKind), text("In the file"))
    widget.show()
    return widget


@pytest.fixture
def parts(qtbot):
    widget = PartBars()
    qtbot.addWidget(widget)
    widget.resize(400, 200)
    widget.show_parts(SHARES)
    widget.show()
    return widget


def test_every_kind_is_seen_and_apart_from_its_neighbours(bar):
    picture = bar.grab().toImage()
    ground = bar.palette().color(bar.backgroundRole())
    for number in range(len(PartKind)):
        edge, gap = picture.pixelColor(100 * number + 40, 0), picture.pixelColor(100 * number + 99, 8)
        assert contrast(edge, ground) >= SEEN
        assert gap == ground
    fills = [picture.pixelColor(100 * number + 50, 8) for number in range(len(PartKind))]
    assert len({fill.name() for fill in fills}) == len(PartKind)


def test_a_kind_has_a_tint(qtbot):
    assert set(STRENGTH) == set(PartKind)
    for kind in PartKind:
        sign = Sign(kind)
        qtbot.addWidget(sign)
        assert not sign.grab().isNull()


def test_what_is_under_the_pointer_is_told(qtbot, bar):
    assert bar.told_at(250) == f"{list(PartKind)[2].title}: 100 MB"
    assert bar.told_at(bar.width() + 1) == ""
    where = QPoint(250, 8)
    QApplication.sendEvent(bar, QHelpEvent(QEvent.Type.ToolTip, where, bar.mapToGlobal(where)))
    assert "100 MB" in QToolTip.text()
    QToolTip.hideText()


def test_both_bars_have_one_scale(parts):
    before, after = ([place.width() for place in one.places] for one in (parts.before, parts.after))
    assert sum(before) == parts.before.width()
    assert before[0] == pytest.approx(0.6 * sum(before), abs=1)
    assert after[0] == pytest.approx(before[0] / 2, abs=1)
    assert after[2] == 0
    assert parts.after.accessibleName() == "In the file: Embedding: 300 bytes, Attention: 100 bytes, Norms: 0 bytes"


def test_another_plan(parts):
    parts.show_parts({PartKind.EMBEDDING: Share(1, 10, 20)})
    assert [(title.text(), sizes.text()) for title, _, sizes in parts.rows] == [("Embedding", "10 bytes → 20 bytes")]
    assert len(parts.after.pieces) == 1
    parts.show_parts({})
    assert parts.before.places == []
