"""A tokenizer with the tokens that a text can need gives that text the ids of the whole one."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from app.core.tokenizer.needed_tokens import with_needed_tokens
from app.core.tokenizer.pre_tokenizer_table import pre_tokenizer_table
from app.core.tokenizer.tokenizer_json import TokenizerFile
from tests.core.tokenizer.byte_level import added, byte_level

CORPUS = Path(__file__).parents[3] / "packaging" / "sample_corpus.txt"
SAID = "hello Ünïcödé, hell \u0065\u0301 3333 <|im_end|>  ok"
PUBLISHED = ("deepseek_v3", "gpt2", "gptoss", "llama3", "llama3_1", "mistral_nemo", "qwen2_5", "qwen3")


def file_of(folder, tokenizer, indent=2):
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(tokenizer, indent=indent, ensure_ascii=False), encoding="utf-8")
    return TokenizerFile(path)


def needed(file, said):
    return with_needed_tokens(file, file.decode(), said)


def ids(data, said):
    tokenizer = Tokenizer.from_buffer(data)
    return [tokenizer.encode(said, add_special_tokens=special).ids for special in (True, False)]


@pytest.fixture(scope="module")
def trained():
    """A byte-level BPE of 1,500 tokens as its JSON, with an added token behind them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train([str(CORPUS)], trainers.BpeTrainer(vocab_size=1500, initial_alphabet=alphabet, show_progress=False))
    tokenizer.add_special_tokens(["<|end|>"])
    return json.loads(tokenizer.to_str())


@pytest.mark.parametrize("ignore_merges", [False, True])
@pytest.mark.parametrize("form", ["pairs", "strings"])
def test_texts_of_the_corpus(form, ignore_merges, trained, tmp_path):
    model = trained["model"] | {"ignore_merges": ignore_merges}
    if form == "strings":
        model["merges"] = [" ".join(pair) for pair in model["merges"]]
    file = file_of(tmp_path, trained | {"model": model})
    text = CORPUS.read_text(encoding="utf-8")
    for start in range(0, 4000, 97):
        said = f"{text[start : start + 60]}<|end|>{text[start : start + 7]}"
        data = needed(file, said)
        assert len(data) < len(file.data) / 4
        assert ids(data, said) == ids(file.data, said)
        assert len(ids(data, said)[0]) < len(said)


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text(trained, tmp_path, said):
    file = file_of(tmp_path, trained)
    data = needed(file, said)
    assert data is not file.data
    assert ids(data, said) == ids(file.data, said)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_normal_forms(form, tmp_path):
    file = file_of(tmp_path, byte_level() | {"normalizer": {"type": "Sequence", "normalizers": [{"type": form}]}})
    data = needed(file, SAID)
    assert data is not file.data
    assert ids(data, SAID) == ids(file.data, SAID)


def test_without_a_list_of_added_tokens(tmp_path):
    tokenizer = byte_level()
    del tokenizer["added_tokens"]
    file = file_of(tmp_path, tokenizer)
    data = needed(file, SAID)
    assert data is not file.data
    assert ids(data, SAID) == ids(file.data, SAID)


def changed(**model):
    tokenizer = byte_level()
    return tokenizer | {"model": tokenizer["model"] | model}


def with_prefix():
    tokenizer = byte_level()
    tokenizer["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = True
    return tokenizer


def with_another_id():
    tokenizer = byte_level()
    tokenizer["added_tokens"].append(added(len(tokenizer["model"]["vocab"]) + 7, "<far>"))
    return tokenizer


def with_the_same_twice():
    tokenizer = byte_level()
    size = len(tokenizer["model"]["vocab"])
    tokenizer["added_tokens"] = [added(size, "<end>"), added(size + 1, "<end>")]
    return tokenizer


@pytest.mark.parametrize(
    "tokenizer",
    [
        with_prefix(),
        with_another_id(),
        with_the_same_twice(),
        byte_level() | {"normalizer": {"type": ["NFC"]}},
        byte_level() | {"pre_tokenizer": {"type": {"ByteLevel": []}}},
        changed(byte_fallback=True),
        changed(unk_token="h"),
        changed(dropout=0.5),
        changed(end_of_word_suffix="o"),
        byte_level() | {"normalizer": {"type": "Lowercase"}},
        byte_level() | {"pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never"}},
        byte_level() | {"pre_tokenizer": None},
    ],
)
def test_what_is_not_followed_stays_whole(tokenizer, tmp_path):
    file = file_of(tmp_path, tokenizer)
    assert needed(file, SAID) is file.data


def test_what_is_not_written_in_lines_stays_whole(tmp_path):
    file = file_of(tmp_path, byte_level(), indent=None)
    assert needed(file, SAID) is file.data
    assert needed(file_of(tmp_path, byte_level()), SAID) is not file.data


@pytest.mark.slow_real_model
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_tokenizers(name, real_tokenizer):
    file, said = TokenizerFile(real_tokenizer(name) / "tokenizer.json"), pre_tokenizer_table().text
    data = needed(file, said)
    assert len(data) < len(file.data) / 20
    assert ids(data, said) == ids(file.data, said)
