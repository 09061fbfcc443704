"""Points of the chart lie where their values say, by the chart's own axis; passages lie next to each other."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from app.core.text import text
from app.core.verify.page import verification_page
from app.core.verify.page.chart import BOTTOM, LABEL_HEIGHT, LEFT, RIGHT, TOP, fitting, kld_chart
from app.core.verify.results.report import Limit, Passage, Position, Verdict
from tests.core.verify.made_reports import distributions, whole_report
from tests.core.verify.parsed_page import parsed

DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.fixture
def drawn(plan):
    return parsed(verification_page(whole_report(), plan)).all("svg")[0]


def axis(drawn):
    """y → nats, as someone reads it who has only the drawing."""
    labels = {float(one.attributes["y"]) - 4: one.text for one in drawn.all("text", "tick")}
    powers = {y: 0 if label == "1" else int(label.removeprefix("10").translate(DIGITS)) for y, label in labels.items()}
    (low_y, low), *_, (high_y, high) = powers.items()
    return lambda y: 10 ** (low + (y - low_y) / (high_y - low_y) * (high - low))


def points(drawn):
    """x, y, whether it is a diamond; in the order in which they are drawn."""
    found = [(float(one.attributes["cx"]), float(one.attributes["cy"]), False) for one in drawn.all("circle")]
    for one in drawn.all("path"):
        x, y = one.attributes["d"].removeprefix("M").split("m")[0].split()
        found.append((float(x), float(y), True))
    return sorted(found)


def test_points_lie_where_their_values_say(drawn):
    nats = axis(drawn)
    positions = [one for passage in distributions().passages for one in passage.positions]
    found = points(drawn)
    assert [nats(y) for _, y, _ in found] == pytest.approx([one.divergence for one in positions], rel=2e-3)
    assert [is_other for *_, is_other in found] == [not one.same_best for one in positions]
    steps = [right - left for (left, *_), (right, *_) in pairwise(found)]
    assert steps == pytest.approx([(RIGHT - LEFT) / len(positions)] * len(steps), abs=0.02)


def test_grid_lines_stand_beside_their_labels(drawn):
    lines = [float(one.attributes["y1"]) for one in drawn.all("line", "grid")]
    assert lines == [float(one.attributes["y"]) - 4 for one in drawn.all("text", "tick")]
    assert drawn.all("text", "axis")[0].text == "nats"


def test_passages_are_separated_and_named(drawn):
    names = drawn.all("text", "name")
    assert [one.children[0] for one in names] == ["Texts", "Tensors", "Files"]
    borders = [float(one.attributes["x1"]) for one in drawn.all("line", "border")]
    third = (RIGHT - LEFT) / 3
    assert borders == pytest.approx([LEFT + third, LEFT + 2 * third], abs=0.01)
    for number, border in enumerate(borders, 1):
        assert sum(x < border for x, *_ in points(drawn)) == 60 * number


def test_means_and_limits_are_lines_at_their_height(drawn):
    nats = axis(drawn)
    means = [
        math.fsum(one.divergence for one in passage.positions) / len(passage.positions)
        for passage in distributions().passages
    ]
    assert [nats(float(one.attributes["y1"])) for one in drawn.all("line", "mean")] == pytest.approx(means, rel=2e-3)
    assert [nats(float(one.attributes["y1"])) for one in drawn.all("line", "limit")] == pytest.approx(
        [0.02, 0.2], rel=2e-3
    )
    assert [one.text for one in drawn.all("text", "limit-name")] == [
        "Very close ≤ 0.02",
        "Degraded ≤ 0.2",
    ]


def test_a_point_says_what_it_is(drawn):
    (first, *_) = distributions().passages[0].positions
    said = [one.all("title")[0].text for one in (*drawn.all("circle"), *drawn.all("path"))]
    assert len({*said}) == 180
    expected = f"{math.exp(first.by_folder):.2%} by the folder, {math.exp(first.by_file):.2%} by the file."
    assert f"Texts, position 1: {first.divergence:.3g} nats. The token that follows: {expected}" in said


def one_passage(*divergences):
    positions = tuple(Position(1, one, True, -1.0, -1.0) for one in divergences)
    return replace(distributions(), passages=(Passage(text("Texts"), positions),))


@pytest.mark.parametrize(
    "divergences",
    [(0.0,), (0.0, 0.0), (-1e-9, 0.01), (math.nan, 0.1), (math.inf, 0.1), (1.0,), (1e-30, 1e30), (1e-3, 1e-3)],
)
def test_whatever_the_values_points_lie_in_the_drawing(divergences):
    chart = kld_chart(one_passage(*divergences))
    assert len(chart.ticks) >= 2
    assert all(LEFT < one.x < RIGHT and TOP <= one.y <= BOTTOM for one in chart.points)
    assert all(TOP <= one.mean_y <= BOTTOM for one in chart.bands)


def test_what_is_no_number_is_drawn_above_all_that_is():
    nothing, endless, some = kld_chart(one_passage(math.nan, math.inf, 0.05)).points
    assert nothing.y == endless.y == TOP < some.y


def test_limits_beyond_the_points_are_seen():
    chart = kld_chart(one_passage(1e-5), (Limit(Verdict.CLOSE, 0.5),))
    assert TOP < chart.limits[0].y < chart.points[0].y


def test_empty_passages_take_no_room():
    proof = distributions()
    with_empty = replace(proof, passages=(Passage(text("Texts"), ()), *proof.passages))
    assert kld_chart(with_empty) == kld_chart(proof)


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [("Texts", 100, "Texts"), ("A long name", 60, "A long…"), ("中文文本", 40, "中文…"), ("Texts", 5, ""), ("", 0, "")],
)
def test_names_are_cut_where_there_is_no_room(name, room, shown):
    assert fitting(name, room) == shown


def test_labels_of_limits_stand_clear_of_each_other():
    chart = kld_chart(one_passage(1e-5), (Limit(Verdict.SAME, 0.01), Limit(Verdict.CLOSE, 0.012)))
    lower, upper = chart.limits
    assert lower.y - upper.y < LABEL_HEIGHT <= lower.label_y - upper.label_y
    assert lower.label_y == lower.y
