"""Sizes, counts, times, shapes and names of strangers, in words."""

import pytest

from app.core.errors import AppError
from app.core.findings import warning
from app.core.human_text import bytes_in_words, count_in_words, duration_in_words, shape_in_words
from app.core.text import in_one_line, printable


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (999.5, "1.00 KB"),
        (1_000, "1.00 KB"),
        (9_994, "9.99 KB"),
        (9_995, "10.0 KB"),
        (99_949, "99.9 KB"),
        (99_950, "100 KB"),
        (999_499, "999 KB"),
        (999_500, "1.00 MB"),
        (1_234_567, "1.23 MB"),
        (5_000_000_000, "5.00 GB"),
        (1_500_000_000_000_000, "1500 TB"),
    ],
)
def test_bytes(count, words):
    assert bytes_in_words(count) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0"),
        (999_999, "999,999"),
        (1_000_000, "1.00 million"),
        (9_994_999, "9.99 million"),
        (9_995_000, "10.0 million"),
        (268_098_176, "268.1 million"),
        (999_949_999, "999.9 million"),
        (999_950_000, "1.00 billion"),
        (4_300_079_472, "4.30 billion"),
        (70_000_000_000, "70.0 billion"),
    ],
)
def test_counts(count, words):
    assert count_in_words(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under 1 s"),
        (0.999, "under 1 s"),
        (1, "1.0 s"),
        (3.24, "3.2 s"),
        (59.94, "59.9 s"),
        (59.95, "1:00"),
        (75, "1:15"),
        (3599.6, "60:00"),
        (7325, "122:05"),
    ],
)
def test_durations(seconds, words):
    assert duration_in_words(seconds) == words


@pytest.mark.parametrize(("shape", "words"), [((262144, 640), "262144 × 640"), ((7,), "7"), ((), "one value")])
def test_shapes(shape, words):
    assert shape_in_words(shape) == words


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("lm_head – 名前\nnext", "lm_head – 名前\nnext"),
        ("\x1b[2J\x9b1A\r", "\\u001b[2J\\u009b1A\\r"),
        ("\u202egpj", "\\u202egpj"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_what_would_move_the_cursor_is_written_as_json_escapes_it(text, printed):
    assert printable(text) == printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("model.layers.0 – 名前", "model.layers.0 – 名前"),
        ("a\nWrote /evil.gguf", "a\\nWrote /evil.gguf"),
        ("a\r\tb\x1b[2J", "a\\r\\tb\\u001b[2J"),
        ("x" * 200, "x" * 200),
        (f"a {'x' * 10_000}.weight b", f"a {'x' * 100}…{'x' * 93}.weight b"),
        ("a b " * 5_000, f"{'a b ' * 500}…{'a b ' * 500}"),
    ],
    ids=["usual", "newline", "controls", "long", "too long", "too many words"],
)
def test_a_name_stays_on_its_line_and_has_an_end(text, shown):
    assert in_one_line(text) == shown


def test_findings_and_errors_are_fit_to_be_shown():
    name = "a\nWrote /evil.gguf" + "x" * 10_000
    found, error = warning("code", name, name, name, subject=name), AppError(name, name)
    for text in (found.what, found.meaning, found.advice, error.message, error.hint):
        assert text.isprintable()
        assert len(text) < 300
    assert found.subject == name  # by which a tensor is found
