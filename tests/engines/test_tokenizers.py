"""A vocabulary that was read makes llama.cpp tokenize as the `tokenizers` library does with the folder."""

import json
import shutil
import unicodedata
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from app.core.checkpoint import open_checkpoint
from app.core.tokenizer import read_vocabulary
from tests.engines.texts import TEXTS, with_special_tokens
from tests.engines.tokenizing import LlamaCppTokenizer, write_vocabulary
from tests.golden.tokenizer_cases import CASES

pytestmark = pytest.mark.slow_real_model


@pytest.fixture(scope="module")
def llama_cpp_of(real_tokenizer, tmp_path_factory):
    """A function: name → llama.cpp's tokenizer for the published form; the other one has the very same arrays."""
    with ExitStack() as stack:
        known = {}

        def encode(name):
            if name not in known:
                folder = tmp_path_factory.mktemp(name)
                for file in real_tokenizer(name).glob("*.j*"):
                    shutil.copy(file, folder)
                (folder / "config.json").write_text(json.dumps({"model_type": CASES[name].model_type}))
                vocabulary = read_vocabulary(open_checkpoint(folder), CASES[name].rows)
                file = write_vocabulary(vocabulary, folder / "vocabulary.gguf", name)
                known[name] = stack.enter_context(LlamaCppTokenizer(file))
            return known[name]

        yield encode


def comparable(library, name, text):
    """The text as both tokenize it alike, None where they do not. There is a finding about each of these cases."""
    if "NFC" in str(library.normalizer):
        text = unicodedata.normalize("NFC", text)
    if "Metaspace" in str(library.pre_tokenizer) and text.startswith(" "):
        return None
    if name == "gptoss" and any(unicodedata.category(letter).startswith("M") for letter in text):
        return None
    return text


def differences(llama_cpp, library, name, texts):
    usable = [text for text in (comparable(library, name, text) for text in texts) if text is not None]
    assert len(usable) >= 40
    pairs = ((text, llama_cpp(text), library.encode(text).ids) for text in usable)
    return [(text, ours, theirs) for text, ours, theirs in pairs if ours != theirs]


@pytest.mark.parametrize("form", ["published", "resaved"])
@pytest.mark.parametrize("name", list(CASES))
def test_same_ids(name, form, llama_cpp_of, real_tokenizer, resaved_tokenizer):
    folder = (real_tokenizer if form == "published" else resaved_tokenizer)(name)
    library = Tokenizer.from_file(str(folder / "tokenizer.json"))
    added = [token.content for token in library.get_added_tokens_decoder().values() if token.special]
    assert differences(llama_cpp_of(name), library, name, [*TEXTS, *with_special_tokens(added)]) == []


SYMBOLS = st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="▁")


@pytest.mark.parametrize("name", ["mistral", "llama3_1", "qwen3"])
def test_same_ids_for_any_text(name, llama_cpp_of, real_tokenizer):
    library = Tokenizer.from_file(str(real_tokenizer(name) / "tokenizer.json"))
    llama_cpp = llama_cpp_of(name)

    @settings(max_examples=5, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.text(SYMBOLS, max_size=40), min_size=60, max_size=60))
    def check(texts):
        assert differences(llama_cpp, library, name, texts) == []

    check()
