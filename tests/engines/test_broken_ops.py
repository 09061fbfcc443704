"""Each op left out of one family: llama.cpp then computes something else than mlx-lm, or does not load the file."""

from dataclasses import replace

import pytest

from app.core.architectures import Layout
from app.core.architectures.line_order import line_numbers
from app.core.architectures.ops import (
    AddConstant,
    Change,
    Columns,
    NegativeExp,
    Op,
    PadRows,
    Pick,
    Rows,
    Scale,
    ScaleRows,
    Transpose,
)
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.model.expected_tensors import ExpectedForm, ExpectedTensor, at
from app.core.plan import PlanOptions
from tests.engines.ask import largest_difference
from tests.engines.family_question import ALLOWED, PROMPT
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

BROKEN = 0.3  # nats: several times what is allowed
CASES = [
    (Rows, "llama", Layout.MLX),
    (Rows, "gpt_neox", Layout.MLX),
    (Rows, "qwen3_next", Layout.MLX),
    (Columns, "qwen3_5", Layout.MLX),
    (Transpose, "deepseek_v2", Layout.MLX),
    (Transpose, "gpt2", Layout.HUGGING_FACE),
    (AddConstant, "gemma2", Layout.MLX),
    (AddConstant, "qwen3_5", Layout.HUGGING_FACE),
    (Scale, "falcon_h1", Layout.HUGGING_FACE),
    (ScaleRows, "falcon_h1", Layout.HUGGING_FACE),
    (ScaleRows, "talkie", Layout.MLX),
    (NegativeExp, "nemotron_h", Layout.MLX),
    (NegativeExp, "qwen3_5", Layout.MLX),
]


def without(op):
    """What is done in the place of an op: as many values, but not the right ones."""
    if isinstance(op, Rows | Columns):
        return replace(op, picks=(Pick((line_numbers(op.picks).size,)),))
    return Scale(-1.0) if isinstance(op, NegativeExp) else None


def break_op(monkeypatch: pytest.MonkeyPatch, kind: type[Op]) -> None:
    def broken(op):
        return without(op) if isinstance(op, kind) else op

    def change(self: ExpectedForm) -> Change:
        right = at(self.layer, self.form.change)
        values = tuple(op for op in map(broken, right.values) if op is not None)
        return Change(broken(right.rows), broken(right.within_rows), values)

    monkeypatch.setattr(ExpectedForm, "change", property(change))


def difference(name, layout, engines, folder):
    """Of llama.cpp with what we make of a folder in `layout`, and mlx-lm with the folder that it saves."""
    model = FamilyModel(name)
    published = save_published(model, folder / "published", model.engines.get("set"))
    saved = save_mlx(published, folder / "saved")
    source = with_tokenizer(saved if layout is Layout.MLX else published)
    written = convert(prepare_plan(open_checkpoint(source), PlanOptions(OutputType.F32)), folder / "file.gguf").path
    llama_cpp, mlx = (
        engine.ask(path, PROMPT) for engine, path in zip(engines, (written, with_tokenizer(saved)), strict=True)
    )
    return largest_difference(llama_cpp, mlx)


@pytest.mark.parametrize(("kind", "name", "layout"), CASES)
def test_without_the_op_the_answers_differ(kind, name, layout, engines, tmp_path, monkeypatch):
    allowed = FamilyModel(name).engines.get("allowed", ALLOWED)
    assert difference(name, layout, engines, tmp_path / "right") < allowed
    break_op(monkeypatch, kind)
    assert difference(name, layout, engines, tmp_path / "broken") > BROKEN


def test_without_rows_of_zeros_the_file_does_not_load(engines, tmp_path, monkeypatch):
    break_op(monkeypatch, PadRows)
    shape = property(lambda one: tuple(one.layer.sizes[size] for size in one.rule.shape))
    monkeypatch.setattr(ExpectedTensor, "written_shape", shape)
    with pytest.raises(AssertionError, match="per_layer_token_embd"):
        difference("gemma3n", Layout.MLX, engines, tmp_path)
