"""Whether every device gives the same bits, of which NumPy's are the measure."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from app.core.arrays import Bytes
from app.core.text import Text, counted, text
from app.core.weights.mlx_thread import compute
from app.self_test.check import Check, CheckFailedError
from app.self_test.trials import Trial, not_relied_on, relied_on


def same_bits_checks() -> Iterator[Check]:
    """A check for each device, and a report of what may differ where there are two."""
    names = devices()
    for name in names:
        yield Check(text("MLX moves and widens bits as NumPy does ({device})", device=name), partial(_expect, name))
    if len(names) > 1:
        yield Check(text("What else is the same on both devices; no file depends on it"), partial(_told, *names))


def devices() -> tuple[str, ...]:
    """cpu, and gpu where MLX has one."""
    return ("cpu", "gpu") if compute(_device) == "gpu" else ("cpu",)


@contextmanager
def on_device(name: str) -> Iterator[None]:
    """In this block MLX computes there, whoever asks it to."""
    before = compute(_change_device, name)
    try:
        yield
    finally:
        compute(_change_device, before)


def bits_on(device: str, trial: Trial) -> Bytes:
    """The bytes of what MLX makes of it there."""
    with on_device(device):
        return compute(lambda: np.array(trial.compute()).reshape(-1).view(np.uint8))


def _device() -> str:
    import mlx.core as mx

    return "gpu" if mx.default_device() == mx.Device(mx.gpu) else "cpu"


def _change_device(name: str) -> str:
    """Returns the one before."""
    import mlx.core as mx

    before = _device()
    mx.set_default_device(mx.Device(mx.gpu if name == "gpu" else mx.cpu))
    return before


def _expect(device: str) -> tuple[Text, ...]:
    for trial in relied_on():
        assert trial.expected is not None
        expected = np.ascontiguousarray(trial.expected()).reshape(-1)
        found = bits_on(device, trial).view(expected.dtype)
        if not np.array_equal(found, expected):
            count = int(np.count_nonzero(found != expected))
            raise CheckFailedError(
                text(
                    "{what}: {count:,} of {total:,} values differ from NumPy's.",
                    what=trial.title,
                    count=count,
                    total=expected.size,
                ),
                text("Files that this computer writes cannot be trusted. Please send this report to the authors."),
            )
    return ()


def _told(one: str, other: str) -> list[Text]:
    return [_told_of(trial, one, other) for trial in not_relied_on()]


def _told_of(trial: Trial, one: str, other: str) -> Text:
    first, second = bits_on(one, trial), bits_on(other, trial)
    count = int(np.count_nonzero(first != second))
    if not count:
        return text("{what}: the same", what=trial.title)
    return counted("{what}: {count:,} byte differs", "{what}: {count:,} bytes differ", count, what=trial.title)
