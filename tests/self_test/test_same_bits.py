"""Devices are measured by NumPy, and one that changes a bit is found."""

from dataclasses import replace

import mlx.core as mx
import numpy as np
import pytest

from app.self_test import same_bits
from app.self_test.check import CheckFailedError
from app.self_test.trials import not_relied_on, relied_on


@pytest.mark.parametrize("trial", relied_on(), ids=lambda trial: trial.title)
def test_the_processor_gives_numpys_bits(trial):
    assert same_bits.bits_on("cpu", trial).tobytes() == trial.expected().tobytes()


@pytest.mark.parametrize("trial", not_relied_on(), ids=lambda trial: trial.title)
def test_what_is_only_told_can_be_computed(trial):
    assert same_bits.bits_on("cpu", trial).size


def test_one_bit_is_enough(monkeypatch):
    first = relied_on()[0]

    def flipped():
        values = first.compute().view(mx.uint32)
        return values ^ (mx.arange(values.size) == 3).astype(mx.uint32)

    monkeypatch.setattr(same_bits, "relied_on", lambda: (replace(first, compute=flipped),))
    with pytest.raises(CheckFailedError, match="1 of 65,280 values differ"):
        same_bits._expect("cpu")


def test_a_second_device_is_told_apart(monkeypatch):
    monkeypatch.setattr(same_bits, "devices", lambda: ("cpu", "gpu"))
    monkeypatch.setattr(same_bits, "bits_on", lambda device, _: np.array([len(device), device == "gpu"]))
    told = list(same_bits.same_bits_checks())[-1]
    assert len(told.run()) == len(not_relied_on())
    assert all("1 byte differs" in line for line in told.run())


def test_a_device_is_chosen_for_a_while(monkeypatch):
    chosen: list[mx.Device] = []
    monkeypatch.setattr(mx, "default_device", lambda: chosen[-1] if chosen else mx.Device(mx.gpu))
    monkeypatch.setattr(mx, "set_default_device", chosen.append)
    assert same_bits.devices() == ("cpu", "gpu")
    with pytest.raises(ZeroDivisionError), same_bits.on_device("cpu"):
        raise ZeroDivisionError
    assert chosen == [mx.Device(mx.cpu), mx.Device(mx.gpu)]
