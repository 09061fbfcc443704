"""Logs lie where each system wants them."""

from pathlib import Path

import pytest

from app.core.log_folder import log_folder


def test_on_a_mac_where_its_console_looks(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert log_folder() == Path.home() / "Library" / "Logs" / "MLX Ferry"


@pytest.mark.parametrize(
    ("state", "folder"),
    [
        ("/elsewhere", Path("/elsewhere/mlx-ferry")),
        ("", Path.home() / ".local" / "state" / "mlx-ferry"),
        ("relative", Path.home() / ".local" / "state" / "mlx-ferry"),  # to be ignored, says the specification
    ],
)
def test_elsewhere_by_the_xdg_specification(state, folder, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", state)
    assert log_folder() == folder
