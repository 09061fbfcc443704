"""A folder by hand, with nothing in it that a test does not need; and a guard against reading for ever."""

import json
import signal

import pytest

from tests.core.checkpoint.written_by_hand import entry, write_safetensors


@pytest.fixture
def folder(tmp_path):
    """Two shards with one tensor each, their index, a config and a tokenizer; opens without a finding."""
    folder = tmp_path / "by-hand"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "tiny"}')
    (folder / "tokenizer.json").write_text("{}")
    names = {"a.weight": "model-00001-of-00002.safetensors", "b.weight": "model-00002-of-00002.safetensors"}
    for tensor, name in names.items():
        write_safetensors(folder / name, {tensor: entry(), "__metadata__": {"format": "mlx"}}, 16)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    return folder


@pytest.fixture
def alarm():
    """Ends a test that reads a pipe or a device for ever."""

    def give_up(*_):
        raise AssertionError("still reading after five seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
