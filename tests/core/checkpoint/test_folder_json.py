"""config.json and its optional companions, broken in every way."""

import os
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from tests.expect_finding import STOP, WARNING, expect_finding

BROKEN = {
    "empty": b"",
    "not JSON": b"{'model_type': 'tiny'}",
    "a list": b'["model_type"]',
    "a number": b"3",
    "nested": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a huge integer": b'{"a": 1' + b"0" * 10_000 + b"}",
    "too large": b'{"a": 1}' + b" " * (16 << 20),
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"model_type": "tiny"}'.encode("utf-16"),
    "half a surrogate pair": b'{"model_type": "\\ud83d"}',
}


@pytest.fixture(params=BROKEN.values(), ids=list(BROKEN))
def broken(request):
    return request.param


def test_broken_config(folder, broken):
    (folder / "config.json").write_bytes(broken)
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "bad-config", STOP, "config.json")
    assert checkpoint.config == {}
    assert len(checkpoint.tensors) == 2  # what could be read is here all the same


@pytest.mark.parametrize("name", ["generation_config.json", "tokenizer_config.json"])
def test_broken_companion_is_ignored(folder, name, broken):
    (folder / name).write_bytes(broken)
    expect_finding(open_checkpoint(folder).findings, "bad-json", WARNING, name)


def test_missing_config(folder):
    (folder / "config.json").unlink()
    finding = expect_finding(open_checkpoint(folder).findings, "missing-config", STOP, "config.json")
    assert "mlx-lm" in finding.advice


@pytest.mark.parametrize(
    "place", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "folder", "device"]
)
@pytest.mark.usefixtures("alarm")
def test_no_regular_file(folder, place):
    (folder / "config.json").unlink()
    place(folder / "config.json")
    expect_finding(open_checkpoint(folder).findings, "bad-config", STOP, "config.json")


@pytest.mark.parametrize("config", ["{}", '{"model_type": null}', '{"model_type": ["llama"]}'])
def test_missing_model_type(folder, config):
    (folder / "config.json").write_text(config)
    checkpoint = open_checkpoint(folder)
    expect_finding(checkpoint.findings, "no-model-type", STOP, "config.json")
    assert checkpoint.model_type is None


def test_infinity_and_emoji_are_fine(folder):
    """transformers writes Infinity into configs, and pairs of escapes for emoji."""
    (folder / "config.json").write_text('{"model_type": "\\ud83d\\ude00", "limit": [0.0, Infinity]}')
    checkpoint = open_checkpoint(folder)
    assert checkpoint.findings == ()
    assert checkpoint.model_type == "😀"
