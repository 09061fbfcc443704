"""The model card is data that nothing depends on."""

import os
import time

import pytest

from app.core.checkpoint.model_card import LIMIT_BYTES, read_model_card


def test_card(tmp_path):
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# Title\n")
    assert read_model_card(tmp_path) == {"license": "mit"}


@pytest.mark.parametrize(
    "yaml",
    ["a: [", "- a", "? [x]\n: y", "!!bool maybe", "a: !!timestamp x", "!!int ''", "2024-13-45", "&a [*a]", "[" * 5000],
)
def test_strange_card_is_no_card(tmp_path, yaml):
    (tmp_path / "README.md").write_text(f"---\n{yaml}\n---\n")
    assert read_model_card(tmp_path) == {}


@pytest.mark.parametrize(
    "data", [b"", b"# no card", b"---\nlicense: \xff\n---", b"---\na: b\n---\n" + b" " * LIMIT_BYTES]
)
def test_no_card(tmp_path, data):
    (tmp_path / "README.md").write_bytes(data)
    assert read_model_card(tmp_path) == {}


def test_card_that_would_unfold_to_more_than_a_memory_holds(tmp_path):
    """Eleven lines for 3 × 10^10 words: whoever writes such a list out does not come to an end."""
    lines = ["a0: &a0 [x]", *(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]" for i in range(11))]
    (tmp_path / "README.md").write_text("\n".join(["---", *lines, "base_model: [*a11]", "---"]))
    assert read_model_card(tmp_path) == {}


def test_card_of_a_megabyte_is_not_taken_apart(tmp_path):
    (tmp_path / "README.md").write_text("---\n" + "a: b\n" * 200_000 + "---\n")
    started = time.monotonic()
    assert read_model_card(tmp_path) == {}
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("alarm")
def test_pipe_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "README.md")
    assert read_model_card(tmp_path) == {}
