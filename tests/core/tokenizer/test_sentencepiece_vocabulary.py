"""tokenizer.json gives the arrays that llama.cpp's converter makes from tokenizer.model."""

from itertools import zip_longest

import pytest
from gguf import TokenType

from tests.core.tokenizer.sample_settings import SETTINGS
from tests.core.tokenizer.sentencepiece_rows import entries, from_sentencepiece
from tests.expect_finding import NOTE, STOP, WARNING, expect_finding
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import RESAVED_TOKENIZER, SAMPLE_TOKENIZER, row_count

ROWS = row_count(SAMPLE_TOKENIZER)


def padding(token_id):
    return f"[PAD{token_id}]", -10000.0, TokenType.UNUSED


@pytest.mark.parametrize("folder", [RESAVED_TOKENIZER, SAMPLE_TOKENIZER], ids=["re-saved", "as published"])
@pytest.mark.parametrize("rows", [ROWS, ROWS + 3, ROWS - 5, 10])
def test_same_as_from_tokenizer_model(read, folder, rows):
    vocabulary = read((folder / "tokenizer.json").read_bytes(), rows)
    expected = from_sentencepiece()[:rows]
    expected += [padding(i) for i in range(len(expected), rows)]
    differing = [(own, theirs) for own, theirs in zip_longest(entries(vocabulary), expected) if own != theirs]
    assert differing == []
    assert (vocabulary.row_count, vocabulary.entry_count) == (rows, ROWS)
    assert (vocabulary.model, vocabulary.pre_tokenizer, vocabulary.add_space_prefix) == ("llama", "default", False)


def test_every_kind_of_token_is_in_the_sample():
    """Otherwise the comparison above would prove less than it seems to."""
    kinds = {kind for _, _, kind in from_sentencepiece()}
    assert kinds == {TokenType.NORMAL, TokenType.CONTROL, TokenType.USER_DEFINED, TokenType.BYTE}


def test_rows_without_token(read, sample):
    finding = expect_note(read(sample, ROWS + 1200), "rows-without-token")
    assert "1,200 rows" in finding.what


def test_tokens_beyond_rows(read, sample):
    sample["added_tokens"].append({"id": ROWS, "content": "<image>", "special": True})
    vocabulary = read(sample, ROWS)
    finding = expect_note(vocabulary, "tokens-beyond-rows")
    assert "1 token of the tokenizer has no weights" in finding.what
    assert "<image>" in finding.what
    assert finding.meaning.startswith("It is left out")
    assert entries(vocabulary) == from_sentencepiece()
    assert vocabulary.entry_count == ROWS + 1


def expect_note(vocabulary, code):
    (finding,) = (finding for finding in vocabulary.findings if finding.code == code)
    assert (finding.severity, finding.subject) == (NOTE, "tokenizer.json")
    assert finding.meaning
    return finding


def test_no_finding_where_all_fits(read, sample):
    assert read(sample, ROWS, {**SETTINGS, "chat_template": "T"}).findings == ()


def test_no_chat_template(read, sample):
    expect_finding(read(sample, ROWS).findings, "no-chat-template", WARNING)


@pytest.mark.parametrize(
    ("content", "special", "expected"),
    [
        ("<think>", True, ("<think>", -1000.0, TokenType.CONTROL)),
        ("<think>", False, ("<think>", -1000.0, TokenType.USER_DEFINED)),
        ("<|tool|>", False, ("<|tool|>", -1000.0, TokenType.CONTROL)),
        ("<｜tool｜>", False, ("<｜tool｜>", -1000.0, TokenType.CONTROL)),
        ("<unused99>", False, ("<unused99>", -1000.0, TokenType.CONTROL)),
        ("[@BOS@]", False, ("[@BOS@]", -1000.0, TokenType.CONTROL)),
        ("x <pad>", False, ("x <pad>", -1000.0, TokenType.USER_DEFINED)),
        ("a▁b▁", False, ("a b ", -1000.0, TokenType.USER_DEFINED)),
        ("a▁b▁", True, ("a▁b▁", -1000.0, TokenType.CONTROL)),
    ],
)
def test_token_added_by_a_fine_tune(read, sample, content, special, expected):
    sample["added_tokens"].append({"id": ROWS + 1, "content": content, "special": special})
    vocabulary = read(sample, ROWS + 2)
    assert entries(vocabulary) == [*from_sentencepiece(), padding(ROWS), expected]
    assert vocabulary.entry_count == ROWS + 1


def test_added_token_in_the_place_of_a_byte(read, sample):
    tab = sample["model"]["vocab"]["<0x09>"]
    sample["added_tokens"].append({"id": tab, "content": "<0x09>", "special": False})
    assert entries(read(sample, ROWS))[tab] == ("<0x09>", -1000.0, TokenType.USER_DEFINED)


def test_same_text_twice(read, sample):
    """▁▁ is written as two spaces, so that a token of two spaces would be there twice; llama.cpp aborts on that."""
    sample["added_tokens"].append({"id": ROWS, "content": "  ", "special": False})
    expect_refusal(read(sample, ROWS + 1), "more than one token")


def test_same_id_twice(read, sample):
    first, second = list(sample["model"]["vocab"])[-2:]
    sample["model"]["vocab"][first] = sample["model"]["vocab"][second]
    expect_refusal(read(sample, ROWS), "same id to two pieces")


def test_same_id_for_two_added_tokens(read, sample):
    sample["added_tokens"].append({"id": 5, "content": "<other>", "special": True})
    expect_refusal(read(sample, ROWS), "same id to two added tokens")


def expect_refusal(vocabulary, words):
    finding = expect_finding(vocabulary.findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert words in finding.what
    assert vocabulary.tokens == ()


def no_byte_fallback(tokenizer):
    tokenizer["model"]["byte_fallback"] = False


def spaces_as_they_are(tokenizer):
    tokenizer["normalizer"] = {"type": "NFC"}


@pytest.mark.parametrize("change", [no_byte_fallback, spaces_as_they_are])
def test_other_kinds_are_refused(read, sample, change):
    change(sample)
    expect_finding(read(sample, ROWS).findings, "bad-tokenizer", STOP, "tokenizer.json")


def test_normalizer_among_others(read, sample):
    sample["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFC"}, sample["normalizer"]]}
    assert entries(read(sample, ROWS)) == from_sentencepiece()


@pytest.mark.slow_real_model
def test_published_gemma3(read, published_tokenizer, published_gguf):
    """262,144 tokens, piece by piece, as llama.cpp's converter wrote them from Google's tokenizer.model."""
    fields = QuickReader(published_gguf).fields
    theirs = [fields[f"tokenizer.ggml.{name}"] for name in ("tokens", "scores", "token_type")]
    tokens = [bytes(theirs[0].parts[i]).decode() for i in theirs[0].data]
    scores, types = ([float(field.parts[i][0]) for i in field.data] for field in theirs[1:])
    vocabulary = read(published_tokenizer.read_bytes(), len(tokens))
    pairs = enumerate(zip(entries(vocabulary), zip(tokens, scores, types, strict=True), strict=True))
    differing = {i for i, (own, published) in pairs if own != published}
    assert differing == {255999, 256000}  # <start_of_image>, <end_of_image>: special in the tokenizer of 4B only


def test_byte_named_by_its_character(read, sample):
    """As Gemma 1 and 2 name the tabulator in tokenizer.json; their tokenizer.model does not."""
    expected = read(sample, ROWS)
    vocab = sample["model"]["vocab"]
    assert vocab["<0x09>"] == vocab["<0x00>"] + 9
    vocab["\t"] = vocab.pop("<0x09>")
    vocabulary = read(sample, ROWS)
    assert (vocabulary.tokens, vocabulary.scores) == (expected.tokens, expected.scores)
    assert vocabulary.types == expected.types


def as_unigram(sample, **changes):
    """The same pieces with scores of their own."""
    pieces = sorted(sample["model"]["vocab"].items(), key=lambda pair: pair[1])
    sample["model"] = {
        "type": "Unigram",
        "byte_fallback": True,
        "vocab": [[piece, -0.5 * token_id] for piece, token_id in pieces],
        **changes,
    }
    return sample


def test_unigram(read, sample):
    expected = read(sample, ROWS)
    vocabulary = read(as_unigram(sample), ROWS)
    assert (vocabulary.model, vocabulary.tokens, vocabulary.types) == ("llama", expected.tokens, expected.types)
    normal = [i for i, kind in enumerate(vocabulary.types) if kind == TokenType.NORMAL]
    assert [vocabulary.scores[i] for i in normal] == [-0.5 * i for i in normal]
    expect_finding(vocabulary.findings, "unigram", WARNING, "tokenizer.json")


@pytest.mark.parametrize("kind", ["Unigram", "WordPiece", "WordLevel", ""])
def test_kind_that_is_not_supported(read, sample, kind):
    """A unigram model without bytes has no way to write what it has no piece for."""
    tokenizer = as_unigram(sample, byte_fallback=False)
    tokenizer["model"]["type"] = kind
    finding = expect_finding(read(tokenizer, ROWS).findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert (kind or "nameless") in finding.what
