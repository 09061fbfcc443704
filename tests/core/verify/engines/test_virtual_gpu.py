"""The engine of mlx-lm does not compute on a GPU that is only played by another program."""

import mlx.core as mx
import pytest

from app.core.verify.engines.mlx_lm_engine import avoid_virtual_gpu


@pytest.mark.parametrize(
    ("name", "chosen"), [("Apple Paravirtual device", [mx.Device(mx.cpu)]), ("Apple M4 Pro", []), (None, [])]
)
def test_only_a_real_gpu_is_used(name, chosen, monkeypatch):
    devices: list[object] = []
    monkeypatch.setattr(mx, "device_info", lambda _: {"device_name": name} if name else {})
    monkeypatch.setattr(mx, "set_default_device", devices.append)
    avoid_virtual_gpu()
    assert devices == chosen
