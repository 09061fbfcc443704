"""A vocabulary is padded to the rows of an embedding that config.json asks for, not to any number in a header."""

import tracemalloc
from dataclasses import replace

import pytest

from app.core.checkpoint import TokenizerFiles
from app.core.convert.prepare import vocabulary_of
from app.core.model.identify import MOST_ROWS, identify
from tests.core.plan.in_memory import checkpoint, tensor
from tests.expect_finding import STOP, expect_finding
from tests.planning import make_plan
from tests.tiny_checkpoints import EMBEDDING, RESAVED_TOKENIZER, gemma3_config


def folder(shape, **changes):
    return checkpoint([tensor(EMBEDDING, *shape)], {**gemma3_config(1000), **changes})


def rows_of(checkpoint):
    return identify(checkpoint).vocabulary_rows


def test_as_many_as_there_are_rows():
    assert rows_of(folder((1200, 128))) == 1200


@pytest.mark.parametrize(
    ("shape", "changes"),
    [
        ((30_000_000, 1), {}),
        ((1000, 127), {}),
        ((1000, 128, 2), {}),
        ((30_000_000, 128), {}),
        ((30_000_000, 1), {"hidden_size": 1}),
        ((1000, 128), {"hidden_size": None}),
        ((1000, 128), {"hidden_size": "128"}),
        ((1000, 128), {"num_hidden_layers": 10**12}),
        ((1000, 128), {"model_type": "unheard-of"}),
    ],
)
def test_what_is_not_believed(shape, changes):
    assert rows_of(folder(shape, **changes)) is None


def test_nothing_grows_with_a_claim():
    tokenizer = TokenizerFiles(tokenizer_json=RESAVED_TOKENIZER / "tokenizer.json")
    claimed = replace(folder((3_000_000, 1)), tokenizer=tokenizer)
    tracemalloc.start()
    assert vocabulary_of(identify(claimed)) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 << 20  # it would take 400 MB


def test_more_rows_than_any_model_has():
    plan = make_plan(folder((MOST_ROWS + 1, 128)))
    expect_finding(plan.findings, "too-many-rows", STOP, EMBEDDING)
    assert rows_of(folder((MOST_ROWS, 128))) == MOST_ROWS
