"""llama.cpp stops on just those tokens on which `all_ends` says it does."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer.end_of_generation import END_TEXTS, GAP_TEXTS, REVOKED
from tests.core.tokenizer.byte_level import END, added, byte_level
from tests.engines.expect_same_ends import expect_same_ends
from tests.engines.tokenizing import LlamaCppTokenizer, write_vocabulary
from tests.vocabulary_by_type import vocabulary_by_type

REVOKING = {"<|return|>", "<|call|>", "<|calls|>", "<|flush|>", "<|tool_response>"}
PLAIN = ["a", "<think>", "<|eot|>", "<|fim_middle|>"]
VOCABULARIES = {
    "all texts that end": sorted(END_TEXTS - REVOKING),
    "one of each gap": [sorted(role)[-1] for role in GAP_TEXTS],
    **{f"no {text} beside {' '.join(sorted(pair))}": [*sorted(pair), text] for pair, text in REVOKED},
    "one of the pair only": ["<|return|>", "<|end|>", "</s>"],
    "none": [],
}


@pytest.fixture
def converted(tmp_path):
    """(tokens after the bytes, tokenizer_config.json, generation_config.json's eos) → Vocabulary, GGUF file."""

    def convert(texts, settings, eos=None):
        tokenizer = byte_level()
        tokenizer["added_tokens"] = [added(END + i, text, special=False) for i, text in enumerate(texts)]
        (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
        (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen2"}))
        (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": eos}))
        vocabulary = vocabulary_by_type(open_checkpoint(tmp_path), END + len(texts))
        return vocabulary, write_vocabulary(vocabulary, tmp_path / "vocabulary.gguf")

    return convert


@pytest.mark.parametrize("texts", VOCABULARIES.values(), ids=VOCABULARIES.keys())
def test_ends_by_their_text(converted, texts):
    vocabulary, file = converted([*PLAIN[1:], "<stop>", *texts], {"eos_token": "<stop>"})
    with LlamaCppTokenizer(file) as llama_cpp:
        expect_same_ends(vocabulary, llama_cpp, range(END - 2, len(vocabulary.tokens)))


def test_default_end(converted):
    vocabulary, file = converted(["<think>"], {})
    assert "eos" not in vocabulary.special_ids
    with LlamaCppTokenizer(file) as llama_cpp:
        expect_same_ends(vocabulary, llama_cpp, range(9, 14))


def test_contradicting_ends_are_all_kept(converted):
    """tokenizer_config.json and generation_config.json name three, and none of them has a text that llama.cpp knows."""
    texts = ["<stop>", "<halt>", "<over>", "<think>"]
    vocabulary, file = converted(texts, {"eos_token": "<stop>"}, [END + 1, END + 2])
    assert "eos-contradiction" in {finding.code for finding in vocabulary.findings}
    with LlamaCppTokenizer(file) as llama_cpp:
        assert [llama_cpp.stops_on(END + i) for i in range(len(texts))] == [True, True, True, False]
