"""Real vocabularies in llama.cpp: the same ids as the `tokenizers` library gives, and the same ends as foreseen."""

import json
import shutil
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer import Vocabulary
from app.core.verify.texts import TEXTS, with_special_tokens
from tests.engines.expect_same_ends import expect_same_ends
from tests.engines.tokenizing import LlamaCppTokenizer, write_vocabulary
from tests.golden.tokenizer_cases import CASES
from tests.vocabulary_by_type import vocabulary_by_type

pytestmark = pytest.mark.slow_real_model


@dataclass(frozen=True)
class Real:
    """A tokenizer as published; the form that transformers 5 saves has the same arrays."""

    name: str
    vocabulary: Vocabulary
    llama_cpp: LlamaCppTokenizer


@pytest.fixture(scope="module", params=list(CASES))
def real(request, real_tokenizer, tmp_path_factory):
    """Of this scope, so that pytest runs all tests of one tokenizer before the next one is loaded."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    for file in real_tokenizer(name).glob("*.j*"):
        shutil.copy(file, folder)
    (folder / "config.json").write_text(json.dumps({"model_type": CASES[name].model_type}))
    vocabulary = vocabulary_by_type(open_checkpoint(folder), CASES[name].rows)
    with LlamaCppTokenizer(write_vocabulary(vocabulary, folder / "vocabulary.gguf", name)) as llama_cpp:
        yield Real(name, vocabulary, llama_cpp)


# llama.cpp's expressions for gpt-4o and tekken ask for a letter, \p{L}, where tokenizer.json's also take marks, \p{M}
# (src/llama-vocab.cpp, LLAMA_VOCAB_PRE_TYPE_GPT4O and _TEKKEN).
WITHOUT_MARKS = ("gptoss", "mistral_nemo")
# <|END_OF_TURN_TOKEN|> and <EOS_TOKEN>; llama.cpp has one flag, for one token.
TOKENS_AFTER = {"command_r_plus": 2}


def comparable(library, name, text):
    """The text as both tokenize it alike, None where they do not. There is a finding about each of these cases."""
    if "NFC" in str(library.normalizer):  # llama.cpp has no Unicode forms: command_r_plus, glm, qwen2_5, qwen3, qwen35
        text = unicodedata.normalize("NFC", text)
    # Llama 2's, Mistral's and Phi 3's as transformers 5 saves them: Metaspace adds no space where one is; llama.cpp
    # puts one before every text (src/llama-vocab.cpp, "prefix with space if previous is special").
    if "Metaspace" in str(library.pre_tokenizer) and text.startswith(" "):
        return None
    if name in WITHOUT_MARKS and any(unicodedata.category(letter).startswith("M") for letter in text):
        return None
    return text


def differences(llama_cpp, library, name, texts):
    usable = [text for text in (comparable(library, name, text) for text in texts) if text is not None]
    assert len(usable) >= 40
    left_out = TOKENS_AFTER.get(name, 0)
    pairs = ((text, llama_cpp(text), library.encode(text).ids) for text in usable)
    return [(text, ours, theirs) for text, ours, theirs in pairs if ours != theirs[: len(theirs) - left_out]]


@pytest.mark.parametrize("form", ["published", "resaved"])
def test_same_ids(real, form, real_tokenizer, resaved_tokenizer):
    folder = (real_tokenizer if form == "published" else resaved_tokenizer)(real.name)
    library = Tokenizer.from_file(str(folder / "tokenizer.json"))
    added = [token.content for token in library.get_added_tokens_decoder().values() if token.special]
    assert differences(real.llama_cpp, library, real.name, [*TEXTS, *with_special_tokens(added)]) == []


def test_ends(real):
    expect_same_ends(real.vocabulary, real.llama_cpp, [300, 1000])


SYMBOLS = st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="▁")


@pytest.mark.parametrize("real", ["mistral", "llama3_1", "qwen3"], indirect=True)
def test_same_ids_for_any_text(real, real_tokenizer):
    library = Tokenizer.from_file(str(real_tokenizer(real.name) / "tokenizer.json"))

    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.text(SYMBOLS, max_size=40), min_size=60, max_size=60))
    def check(texts):
        assert differences(real.llama_cpp, library, real.name, texts) == []

    check()
