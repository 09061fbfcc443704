"""Charts as data: heights, round numbers, sentences; and the widget by mouse and keyboard."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.core.describe.model_shares import Share
from app.core.text import text
from app.core.weights.figures import Histogram, Magnitudes
from app.ui.inspector.bar_chart import BarChart
from app.ui.inspector.bars import Bars, of_histogram, of_layer_changes, of_layer_sizes, of_magnitudes, scale

HISTOGRAM = Histogram(-1.0, 1.0, (1, 4, 2000, 3))


@pytest.mark.parametrize(
    ("most", "found"),
    [(0, []), (1, [0, 0.5, 1]), (7, [0, 2, 4, 6]), (1314, [0, 500, 1000]), (4_000, [0, 1000, 2000, 3000, 4000])],
)
def test_round_numbers_up_to_the_most(most, found):
    assert scale(most) == pytest.approx(found)


def test_a_histogram():
    bars = of_histogram(HISTOGRAM)
    assert [bar.heights for bar in bars.bars] == [(0.0005,), (0.002,), (1.0,), (0.0015,)]
    assert bars.bars[0].told == "−1 to −0.5: 1 value"
    assert bars.said == "Most values: 0 to 0.5: 2,000 values."
    assert bars.ends == ("−1", "1")
    assert bars.ticks[-1] == (1.0, "2,000")


def test_magnitudes():
    bars = of_magnitudes(Magnitudes(-3, (5, 0, 10)))
    assert bars.bars[0].told == "2⁻³ to 2⁻²: 5 values"
    assert bars.ends == ("2⁻³", "20".replace("0", "⁰"))
    assert of_magnitudes(Magnitudes(0, ())) == Bars()


def test_layers():
    layers = {0: Share(2, 2_000_000, 1_000_000, 0.01), 1: Share(2, 4_000_000, 1_000_000, 0.02, kept=0.9)}
    sizes = of_layer_sizes(layers)
    assert [bar.heights for bar in sizes.bars] == [(0.5, 0.25), (1.0, 0.25)]
    assert sizes.bars[1].told == "Layer 1: 4.00 MB in the folder, 1.00 MB in the file"
    changes = of_layer_changes(layers)
    assert [bar.heights for bar in changes.bars] == [(0.5,), (1.0,)]
    assert changes.bars[1].told == "Layer 1: changed by 2.00% on average, 90.0% of the fine-tune kept"
    assert changes.ticks[-1] == (1.0, "2%")
    assert changes.said == "Layer 1 changes most: by 2.00% on average."


def test_nothing_measured_is_no_chart():
    assert of_layer_changes({0: Share(1, 1, 1), 1: Share(1, 1, 1, 0.0)}) == Bars()
    assert of_layer_sizes({}).bars == ()


@pytest.fixture
def chart(qtbot):
    chart = BarChart(text("Values"))
    qtbot.addWidget(chart)
    chart.resize(400, 200)
    chart.show_bars(of_histogram(HISTOGRAM))
    chart.show()
    qtbot.waitExposed(chart)
    return chart


def test_the_keyboard_goes_from_bar_to_bar(chart):
    canvas = chart.canvas
    assert chart.readout.text() == "Most values: 0 to 0.5: 2,000 values."
    for key, told in [
        (Qt.Key.Key_Right, "−1 to −0.5: 1 value"),
        (Qt.Key.Key_Right, "−0.5 to 0: 4 values"),
        (Qt.Key.Key_End, "0.5 to 1: 3 values"),
        (Qt.Key.Key_Right, "0.5 to 1: 3 values"),
        (Qt.Key.Key_Home, "−1 to −0.5: 1 value"),
    ]:
        QTest.keyClick(canvas, key)
        assert chart.readout.text() == told


def test_a_click_chooses_a_bar(chart):
    area = chart.canvas.area
    place = QPoint(int(area.left() + area.width() * 0.6), int(area.center().y()))
    QTest.mouseClick(chart.canvas, Qt.MouseButton.LeftButton, pos=place)
    assert chart.readout.text() == "0 to 0.5: 2,000 values"
    assert chart.canvas.bar_at(1) == -1


def test_what_cannot_be_seen_is_said(chart):
    assert chart.canvas.accessibleName() == "Values"
    assert chart.canvas.accessibleDescription().startswith("Most values: 0 to 0.5")
    assert chart.canvas.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_bars_are_where_the_values_are(chart):
    picture, area = chart.canvas.grab().toImage(), chart.canvas.area
    y = int(area.center().y())

    def colour(bar):
        return picture.pixelColor(int(area.left() + area.width() * (bar + 0.5) / 4), y)

    assert colour(2) != colour(0)
    assert colour(0) == colour(1) == colour(3)
