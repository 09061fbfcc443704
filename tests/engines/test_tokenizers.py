"""Real tokenizers: the keys of llama.cpp's converter, a proof that is right, and the ids of the `tokenizers` library.

Each is read, written and loaded once for all of them.
"""

import json
import shutil
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

import gguf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from app.core.architectures import find_architecture
from app.core.checkpoint import open_checkpoint
from app.core.model.identify import Model
from app.core.plan.header.metadata import add_vocabulary
from app.core.plan.prepared import Prepared
from app.core.tokenizer import Vocabulary
from app.core.verify.engines import EngineProcess
from app.core.verify.vocabulary import folder_tokens, vocabulary_proof
from app.core.verify.vocabulary.texts import TEXTS, with_special_tokens
from app.core.verify.vocabulary.vocabulary_proof import prove_vocabulary
from tests import golden
from tests.engines.expect_same_ends import expect_same_ends
from tests.engines.tokenizing import LlamaCppTokenizer, write_vocabulary
from tests.golden.tokenizer_cases import CASES, digest_keys
from tests.remembered_children import remembered_children
from tests.vocabulary_by_type import vocabulary_by_type

pytestmark = pytest.mark.slow_real_model


REFERENCES = json.loads((Path(golden.__file__).parent / "tokenizers.json").read_text(encoding="utf-8"))["cases"]
NAMES = [name for name in CASES if name in REFERENCES]


@dataclass(frozen=True)
class Real:
    """A tokenizer as published; the form that transformers 5 saves has the same arrays."""

    name: str
    prepared: Prepared
    file: Path
    llama_cpp: LlamaCppTokenizer

    @property
    def vocabulary(self) -> Vocabulary:
        assert self.prepared.vocabulary is not None
        return self.prepared.vocabulary


def prepared_of(name, source, folder):
    """What is known of a folder with the tokenizer files of `source`, but for tokenizer.model: mlx-lm saves none."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.model"), dirs_exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": CASES[name].model_type}))
    checkpoint = open_checkpoint(folder)
    model = Model(checkpoint, find_architecture(checkpoint.model_type, checkpoint.config))
    return Prepared(model, vocabulary_by_type(checkpoint, CASES[name].rows))


@pytest.fixture(scope="module", params=list(CASES))
def real(request, real_tokenizer, tmp_path_factory):
    """Of this scope, so that pytest runs all tests of one tokenizer before the next one is loaded."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    prepared = prepared_of(name, real_tokenizer(name), folder)
    file = write_vocabulary(prepared.vocabulary, folder / "vocabulary.gguf", name)
    with LlamaCppTokenizer(file) as llama_cpp, remembered_children(folder_tokens.__name__):
        yield Real(name, prepared, file, llama_cpp)


def digests_of(name, vocabulary):
    """The keys of the file, but for those that are no reference."""
    assert [finding.what for finding in vocabulary.findings if finding.severity == "blocker"] == []
    writer = gguf.GGUFWriter(None, "llama")
    add_vocabulary(writer, vocabulary)
    keys = digest_keys(writer)
    for key in CASES[name].left_out:
        keys.pop(key, None)
    return keys


@pytest.mark.parametrize("real", NAMES, indirect=True)
def test_keys_as_published(real):
    assert digests_of(real.name, real.vocabulary) == REFERENCES[real.name]["published"]


@pytest.mark.parametrize("real", NAMES, indirect=True)
def test_keys_as_saved_again(real, resaved_tokenizer, tmp_path):
    reference = REFERENCES[real.name]["resaved"] or REFERENCES[real.name]["published"]
    resaved = prepared_of(real.name, resaved_tokenizer(real.name), tmp_path)
    assert digests_of(real.name, resaved.vocabulary) == reference


BROKEN_CHAT = {"mistral_nemo": "unknown test 'tool_calls'"}  # what llama.cpp says of a template as published


def test_proof(real, monkeypatch):
    """Its texts are those of test_same_ids. Its first engine is the one that has the file open already."""
    engines = iter([real.llama_cpp.lent()])
    monkeypatch.setattr(
        vocabulary_proof, "EngineProcess", lambda *how, **more: next(engines, None) or EngineProcess(*how, **more)
    )
    proof = prove_vocabulary(real.prepared, real.file)
    assert [one for one in proof.problems if BROKEN_CHAT.get(real.name, "none") not in one] == []
    assert sum(one.is_same for one in proof.texts) >= len(proof.texts) - 3


def test_another_pre_tokenizer_is_found(real, tmp_path):
    if not real.vocabulary.has_pre_tokenizers:
        return
    other = "gpt-2" if real.vocabulary.pre_tokenizer != "gpt-2" else "llama-bpe"
    # without a template, for which llama.cpp would load the file once more
    spoilt = replace(real.vocabulary, pre_tokenizer=other, chat_template=None)
    proof = prove_vocabulary(real.prepared, write_vocabulary(spoilt, tmp_path / "spoilt.gguf", real.name))
    assert any("other tokens in llama.cpp" in problem for problem in proof.problems)


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


def test_same_ids(real, resaved_tokenizer):
    """As saved again; test_proof compares those of the published form."""
    library = Tokenizer.from_file(str(resaved_tokenizer(real.name) / "tokenizer.json"))
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
