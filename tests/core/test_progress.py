"""Progress: what is counted, and what time is left where one thing takes longer than another."""

import pytest

from app.core.errors import Cancelled
from app.core.progress import Meter, Progress, Stage, Unit


def test_time_left_goes_by_the_effort(clock):
    """Half of the bytes are done, and a tenth of the work."""
    seen: list[Progress] = []
    meter = Meter(Stage.CONVERT, 1000, seen.append, lambda: False, effort=100.0)
    clock(2)
    meter.advance(500, "quick", 10.0)
    assert (seen[-1].share, seen[-1].rate) == (0.5, 250.0)
    assert seen[-1].seconds_left == pytest.approx(18)
    clock(18)
    meter.advance(500, "slow", 90.0)
    assert seen[-1].share == 1
    assert seen[-1].seconds_left == pytest.approx(0)


def test_what_a_kind_really_costs_is_measured(clock):
    """On this machine Q4_K takes four times what was thought beside F32: 10 + 80 seconds, not 20 + 20."""
    seen: list[Progress] = []
    meter = Meter(Stage.CONVERT, 1000, seen.append, lambda: False, effort={"F32": 20.0, "Q4_K": 40.0})
    for _ in range(10):
        clock(1)
        meter.advance(1, "norm", 2.0, "F32")
    assert seen[-1].seconds_left == pytest.approx(20)  # nothing is known of the others yet
    for _ in range(5):
        clock(8)
        meter.advance(1, "ffn", 4.0, "Q4_K")
    assert seen[-1].seconds_left == pytest.approx(40, rel=0.05)  # by all together it would have been 25


def test_kinds_in_turn_tell_the_time_early(clock):
    """As a model has them, layer by layer."""
    seen: list[Progress] = []
    meter = Meter(Stage.CONVERT, 1000, seen.append, lambda: False, effort={"Q6_K": 100.0, "Q4_K": 900.0})
    clock(10)
    meter.advance(1, "embedding", 60.0, "Q6_K")  # slower than the rest
    for _ in range(4):
        clock(0.5)
        meter.advance(1, "ffn", 10.0, "Q4_K")
    clock(0.7)
    meter.advance(1, "attn_v", 4.0, "Q6_K")
    assert seen[-1].seconds_left == pytest.approx(36 / 64 * 10.7 + 860 * 0.05, rel=0.2)  # by all together 109


def test_without_effort_by_what_is_counted(clock):
    seen: list[Progress] = []
    meter = Meter(Stage.DIGEST, 30, seen.append, lambda: False, unit=Unit.TOKENS)
    meter.advance(0, "nothing yet")
    assert seen[-1].seconds_left is None
    clock(1)
    meter.advance(10, "x")
    assert seen[-1].seconds_left == pytest.approx(2)
    assert seen[-1].unit is Unit.TOKENS


def test_cancelling():
    meter = Meter(Stage.COMPARE, 1, lambda _: None, lambda: True)
    with pytest.raises(Cancelled):
        meter.advance(1, "x")


@pytest.mark.parametrize(
    ("unit", "count", "words"),
    [
        (Unit.BYTES, 2_500_000, "2.50 MB"),
        (Unit.TOKENS, 1, "1 token"),
        (Unit.TOKENS, 12_000, "12,000 tokens"),
        (Unit.TENSORS, 2.4, "2 tensors"),
    ],
)
def test_amounts(unit, count, words):
    assert unit.amount(count) == words


def test_every_stage_has_a_title():
    assert len({stage.title for stage in Stage}) == len(Stage)
    assert all(stage.title for stage in Stage)
