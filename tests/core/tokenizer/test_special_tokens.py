"""Special ids and the flags that tell llama.cpp what to add, compared with gguf's SpecialVocab."""

import gguf
import pytest

from tests.expect_finding import NOTE
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count

ROWS = row_count(SAMPLE_TOKENIZER)
OURS = ("bos", "eos", "unk", "sep", "pad")
ALL = (*OURS, "mask")
TEXTS = {"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"}


def theirs(folder):
    return gguf.SpecialVocab(folder, n_vocab=ROWS, special_token_types=OURS)


@pytest.mark.parametrize(
    ("settings", "config", "expected"),
    [
        (TEXTS, {}, {"bos": 2, "eos": 1, "unk": 3, "pad": 0}),
        ({"bos_token": {"content": "<bos>", "lstrip": False}, "eos_token": None}, {}, {"bos": 2}),
        ({"eos_token": "<end_of_turn>"}, {"eos_token_id": 1}, {"eos": 6}),
        ({"eos_token": "not there"}, {"eos_token_id": 1}, {"eos": 1}),
        ({"eos_token": "<eos>", "sep_token": "<mask>"}, {}, {"eos": 1, "sep": 4}),
        ({}, {"bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}, {"bos": 2, "eos": 1, "pad": 0}),
        ({}, {"text_config": {"bos_token_id": 2}}, {"bos": 2}),
        ({}, {"bos_token_id": None, "text_config": {"bos_token_id": 2}}, {"bos": 2}),
        ({}, {"eos_token_id": 6, "text_config": {"eos_token_id": 1}}, {"eos": 6}),
        ({}, {"eos_token_id": ROWS}, {}),
        ({}, {"eos_token_id": ROWS - 1}, {"eos": ROWS - 1}),
        ({}, {"bos_token_id": "2", "eos_token_id": 1.0}, {}),
        ({"eos_token": "<extra>"}, {"eos_token_id": 1}, {"eos": 1}),
        ({"mask_token": "<mask>"}, {}, {"mask": 4}),
        ({"cls_token": "<bos>"}, {}, {}),
    ],
)
def test_special_ids(read, sample, tmp_path, settings, config, expected):
    sample["post_processor"] = None
    sample["added_tokens"].append({"id": ROWS, "content": "<extra>", "special": True})
    settings = {"tokenizer_class": "GemmaTokenizer", **settings}
    assert read(sample, ROWS, settings, config).special_ids == expected
    if "cls_token" not in settings:  # which gguf takes for bos; llama.cpp needs it for BERT only
        assert gguf.SpecialVocab(tmp_path, n_vocab=ROWS, special_token_types=ALL).special_token_ids == expected


def test_mask_that_transformers_named(read, sample):
    """It does so for every GemmaTokenizer that it saves; the published files name none."""
    settings = {"tokenizer_class": "GemmaTokenizer", "backend": "tokenizers", "mask_token": "<mask>"}
    assert "mask" not in read(sample, ROWS, settings).special_ids


@pytest.mark.parametrize("config", [{}, {"text_config": {"eos_token_id": 1}}])
def test_first_of_several_ends(read, sample, config):
    """llama.cpp's converter writes none, and llama.cpp then stops on the token 2."""
    assert read(sample, ROWS, {}, {"eos_token_id": [ROWS, 6, 1], **config}).special_ids == {"eos": 6}


@pytest.mark.parametrize("token_id", [-1, ROWS, 2**63, True, 2.0, "2", [2], {}])
def test_impossible_ids_are_dropped(read, sample, token_id):
    config = {"bos_token_id": token_id, "text_config": 5}
    assert read(sample, ROWS, {}, config).special_ids == {}


def template(single, pair=()):
    def pieces(text):
        return [{"Sequence" if t in "AB" else "SpecialToken": {"id": t, "type_id": 0}} for t in text]

    return {"type": "TemplateProcessing", "single": pieces(single), "pair": pieces(pair), "special_tokens": {}}


BOS, EOS, SEP = "<bos>", "<eos>", "<mask>"


@pytest.mark.parametrize(
    ("processor", "settings"),
    [
        (None, {}),
        (template("A"), {}),
        (template([BOS, "A"]), {}),
        (template([BOS, "A"], [BOS, "A", BOS, "B"]), {}),
        (template(["A", EOS]), {}),
        (template(["A", EOS], ["A", EOS, "B", EOS]), {}),
        (template([BOS, "A", EOS], [BOS, "A", EOS, BOS, "B", EOS]), {}),
        (template([SEP, "A"]), {}),
        (template(["A"], ["A", SEP, "B"]), {"sep_token": SEP}),
        (template(["A"], ["A", EOS, "B"]), {}),
        (template([BOS, "A"], [BOS, "A", SEP, "B"]), {"sep_token": SEP}),
        (template(["A", EOS], ["A", "B", SEP, EOS]), {"sep_token": SEP}),
        ({"type": "Sequence", "processors": [{"type": "ByteLevel"}, template([BOS, "A"])]}, {}),
        ({"type": "Sequence", "processors": []}, {}),
        (template("A"), {"add_sep_token": True}),
        (template([BOS, "A"]), {"add_bos_token": None, "add_eos_token": "yes"}),
    ],
)
def test_added_tokens(read, sample, tmp_path, processor, settings):
    sample["post_processor"] = processor
    vocabulary = read(sample, ROWS, {**TEXTS, **settings})
    assert vocabulary.add_tokens == {"eos": False, **theirs(tmp_path).add_special_token}


@pytest.mark.parametrize(
    ("processor", "settings", "expected"),
    [
        ({"type": "ByteLevel"}, {}, {"bos": False, "eos": False}),
        ({"type": "ByteLevel"}, {"add_bos_token": True}, {"bos": False, "eos": False}),
        (template([BOS, "A"]), {"add_bos_token": False, "add_eos_token": True}, {"bos": True, "eos": True}),
        (template(["A", EOS]), {"add_bos_token": True, "add_eos_token": False}, {"bos": True, "eos": True}),
    ],
)
def test_the_post_processor_comes_first(read, sample, processor, settings, expected):
    """As in llama.cpp's own gguf-py/gguf/vocab.py since 2026; the released gguf 0.19 has it the other way round."""
    sample["post_processor"] = processor
    assert read(sample, ROWS, {**TEXTS, **settings}).add_tokens == expected


def test_added_tokens_without_tokenizer_config(read, sample, tmp_path):
    assert read(sample, ROWS, {}).add_tokens == {"eos": False, **theirs(tmp_path).add_special_token}
    assert theirs(tmp_path).add_special_token["bos"]


@pytest.mark.parametrize(
    "processor", [5, [], {"processors": 3}, {"type": "TemplateProcessing", "single": [None, {"SpecialToken": 3}, "A"]}]
)
def test_strange_post_processor_adds_nothing(read, sample, processor):
    sample["post_processor"] = processor
    assert read(sample, ROWS).add_tokens == {"eos": False}


def test_several_tokens_after_a_text(read, sample):
    """Command R+ has two. llama.cpp could put one, and would put it after a chat's question too."""
    sample["post_processor"] = template([BOS, "A", SEP, EOS])
    vocabulary = read(sample, ROWS, TEXTS)
    assert vocabulary.add_tokens == {"bos": True, "eos": False}
    found = [finding for finding in vocabulary.findings if finding.code == "several-tokens-after-text"]
    assert [finding.severity for finding in found] == [NOTE]
    assert "<mask>, <eos>" in found[0].what
