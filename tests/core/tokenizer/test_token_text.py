"""Tokens as people read them: spaces are spaces, and bytes are letters where they are such."""

from dataclasses import replace

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import vocabulary_of
from app.core.model.identify import identify
from app.core.tokenizer.token_text import token_text


@pytest.fixture(scope="module")
def vocabulary(tied_folder):
    return vocabulary_of(identify(open_checkpoint(tied_folder)))


@pytest.mark.parametrize(
    ("model", "token", "said"),
    [
        ("llama", "▁the", " the"),
        ("llama", "<0x0A>", "<0x0A>"),
        ("gpt2", "Ġthe", " the"),
        ("gpt2", "Ã¼", "ü"),
        ("gpt2", "ä", "\\xe4"),
        ("gpt2", "Ċ", "\n"),
        ("gpt2", "<|中|>", "<|中|>"),  # an added token is no bytes
    ],
)
def test_of_each_kind(vocabulary, model, token, said):
    assert token_text(replace(vocabulary, model=model, tokens=(token,)), 0) == said


def test_a_row_without_a_token_is_its_number(vocabulary):
    assert token_text(vocabulary, 10**9) == "[1000000000]"
