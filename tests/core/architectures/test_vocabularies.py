"""What each model type says of its vocabulary; a family that is made of another does not take over what that says."""

import pytest

from app.core.architectures import ARCHITECTURES
from app.core.known_vocabulary import KnownVocabulary

GLM4_MOE = {"bos": "[gMASK]", "eot": "<|user|>", "unk": "<|endoftext|>", "eom": "<|observation|>"}
PRE_TOKENIZERS = {
    "cohere": "command-r",
    "deepseek_v3": "deepseek-v3",
    "glm4": "glm4",
    "glm4_moe": "glm4",
    "gpt2": "gpt-2",
    "gpt_oss": "gpt-4o",
    "llama4": "llama4",
    "minimax_m2": "minimax-m2",
    "qwen2": "qwen2",
    "qwen2_moe": "qwen2",
    "qwen3": "qwen2",
    "qwen3_moe": "qwen2",
    "qwen3_next": "qwen2",
    "qwen3_5": "qwen35",
    "qwen3_5_text": "qwen35",
    "qwen3_5_moe": "qwen35",
    "qwen3_5_moe_text": "qwen35",
    "starcoder2": "starcoder",
}
ROLES = {
    "gemma": {"eot": "<end_of_turn>"},
    "glm": {"eos": "<|endoftext|>", "eot": "<|user|>", "unk": "<|endoftext|>", "bos": "[gMASK]"},
    "glm4": {"eos": "<|endoftext|>", "eot": "<|user|>", "unk": "<|endoftext|>", "bos": "<|endoftext|>"},
    "glm4_moe": GLM4_MOE,
    "glm4_moe_lite": GLM4_MOE,
    "glm_moe_dsa": GLM4_MOE,
    "plamo2": {"eot": "<|plamo:op|>"},
    "plamo3": {"eot": "<|plamo:op|>"},
}
GEMMA4 = {"gemma4", "gemma4_text", "gemma4_unified", "gemma4_unified_text"}
MODEL_TYPES = [(family, model_type) for family in ARCHITECTURES for model_type in family.model_types]


@pytest.mark.parametrize(("family", "model_type"), MODEL_TYPES)
def test_what_a_model_type_says(family, model_type):
    known = family.vocabularies.get(model_type, KnownVocabulary())
    assert known.pre_tokenizer == PRE_TOKENIZERS.get(model_type, "")
    assert list(known.roles.items()) == list(ROLES.get(model_type, {}).items())  # keys are written in this order
    assert known.bpe_of_pieces == ("gemma4" if model_type in GEMMA4 else "llama")


def test_every_type_that_is_listed_here_is_supported():
    assert {*PRE_TOKENIZERS, *ROLES, *GEMMA4} <= {model_type for _, model_type in MODEL_TYPES}
