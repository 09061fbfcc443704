"""A model with a head that grades texts stops once, by the name of its class."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.model.classifier import is_head
from app.core.plan import PlanOptions
from tests.core.model.packed_by_others import with_config
from tests.expect_finding import STOP, expect_finding
from tests.golden.family_models import FamilyModel, save_published
from tests.tiny_checkpoints import with_tokenizer


def with_head(folder, family, heads, architecture, without=()):
    """A tiny published model with further tensors of one row, or without some of its own."""
    import mlx.core as mx

    with_tokenizer(save_published(FamilyModel(family), folder))
    weights = mx.load(str(folder / "model.safetensors"))
    assert isinstance(weights, dict)
    for name in without:
        weights.pop(name)
    weights |= {name: mx.ones((1, 128), mx.bfloat16) for name in heads}
    mx.save_safetensors(str(folder / "model.safetensors"), weights, {"format": "pt"})
    return with_config(folder, architectures=[architecture])


@pytest.mark.parametrize(
    ("family", "heads", "architecture", "without", "named"),
    [
        ("llama", ["score.weight"], "LlamaForSequenceClassification", ["lm_head.weight"], "LlamaForSequence"),
        ("llama", ["classifier.weight"], "LlamaForTokenClassification", [], "LlamaForTokenClassification"),
        ("llama", ["v_head.summary.weight"], "LlamaForCausalLM", [], "a classifier or reward model"),
        ("gemma2", ["score.weight"], "Gemma2ForSequenceClassification", [], "Gemma2ForSequenceClassification"),
    ],
)
def test_the_class_is_named_and_nothing_else_is_said(tmp_path, family, heads, architecture, without, named):
    folder = with_head(tmp_path / "model", family, heads, architecture, without)
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    finding = expect_finding(plan.findings, "classifier", STOP, heads[0])
    assert named in finding.what
    assert plan.findings == (finding,)


def test_mlx_lm_does_not_load_one(tmp_path):
    from mlx_lm.utils import load_model

    with pytest.raises(ValueError, match=r"score\.weight"):
        load_model(with_head(tmp_path / "model", "llama", ["score.weight"], "LlamaForSequenceClassification"))


def test_other_unknown_tensors_are_still_unknown(tmp_path):
    folder = with_head(tmp_path / "model", "llama", ["model.layers.0.scorer.weight"], "LlamaForCausalLM")
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert [finding.code for finding in plan.blockers] == ["unknown-tensor"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("score.weight", True),
        ("model.score.weight", True),
        ("language_model.score.weight", True),
        ("classifier.dense.weight", True),
        ("qa_outputs.bias", True),
        ("model.layers.0.mlp.score.weight", False),
        ("lm_head.weight", False),
    ],
)
def test_heads_stand_beside_the_layers(name, expected):
    assert is_head(name) is expected
