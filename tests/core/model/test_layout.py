"""Who arranged the tensors: evidence by marker, by names, by header; the user's word counts more."""

import pytest

from app.core.architectures import Layout
from app.core.architectures.families.falcon_h1 import FALCON_H1
from app.core.architectures.families.llama import LLAMA, MIXTRAL
from app.core.architectures.families.step35 import STEP35
from app.core.findings import Severity
from app.core.model.layout import layout_evidence, layout_findings
from app.core.model.source_tensors import source_tensors
from app.core.plan import PlanOptions
from tests.core.plan.in_memory import checkpoint, family_checkpoint, tensor, wanted
from tests.expect_finding import expect_finding
from tests.golden.family_models import FamilyModel
from tests.planning import make_plan

MLX, HUGGING_FACE = Layout
CONVOLUTION = "model.layers.0.mamba.conv1d.weight"
ONE_EXPERT = "model.layers.0.block_sparse_moe.experts.0.w1.weight"
ALL_EXPERTS = "model.layers.0.block_sparse_moe.switch_mlp.gate_proj.weight"


def decided(family, model, tensors, choice=None, saved_by_mlx=True):
    config, folder = FamilyModel(model).config, checkpoint(tensors, saved_by_mlx=saved_by_mlx)
    rules = wanted(family, config)
    evidence = layout_evidence(folder, family, rules)
    sources = source_tensors(folder, family, config, rules, choice or evidence.layout)
    return sources.layout, layout_findings(family, evidence, choice, sources)


@pytest.mark.parametrize("saved_by_mlx", [True, False])
@pytest.mark.parametrize(("shape", "layout"), [((96, 4, 1), MLX), ((96, 1, 4), HUGGING_FACE)])
def test_the_convolution_tells_whatever_the_header_says(shape, layout, saved_by_mlx):
    tensors = [tensor("model.norm.weight", 64), tensor(CONVOLUTION, *shape)]
    found, findings = decided(FALCON_H1, "falcon_h1", tensors, saved_by_mlx=saved_by_mlx)
    assert found is layout
    note = expect_finding(findings, "layout", Severity.INFO)
    assert f"{CONVOLUTION} is {' × '.join(map(str, shape))}" in note.what


@pytest.mark.parametrize("saved_by_mlx", [True, False])
@pytest.mark.parametrize(("name", "layout"), [(ALL_EXPERTS, MLX), (ONE_EXPERT, HUGGING_FACE)])
def test_names_that_only_one_layout_has_tell_whatever_the_header_says(name, layout, saved_by_mlx):
    found, findings = decided(MIXTRAL, "mixtral", [tensor(name, 8, 8)], saved_by_mlx=saved_by_mlx)
    assert found is layout
    assert f"there is {name}" in expect_finding(findings, "layout", Severity.INFO).what


def test_one_published_name_is_enough_where_mlx_lm_then_changes_what_both_layouts_call_the_same():
    names = [f"model.layers.{layer}.{name}_proj.weight" for layer in (1, 2) for name in ("moe.up", "mlp.switch_mlp.up")]
    for some, layout in ((names[1:], HUGGING_FACE), (names[1:2], MLX), (names[3:], MLX), (names[:1], HUGGING_FACE)):
        assert decided(STEP35, "step3p5", [tensor(name, 8, 8) for name in some])[0] is layout


def test_one_published_convolution_is_enough():
    moved = [tensor(CONVOLUTION.replace("0", str(i)), 96, 4, 1) for i in range(3)]
    assert decided(FALCON_H1, "falcon_h1", moved)[0] is MLX
    assert decided(FALCON_H1, "falcon_h1", [*moved[:2], tensor(CONVOLUTION, 96, 1, 4)])[0] is HUGGING_FACE


def test_names_are_compared_without_what_holds_the_model():
    found, _ = decided(MIXTRAL, "mixtral", [tensor("language_model." + ONE_EXPERT, 8, 8)])
    assert found is HUGGING_FACE


@pytest.mark.parametrize(("saved_by_mlx", "layout"), [(True, MLX), (False, HUGGING_FACE)])
def test_without_other_evidence_the_header_decides(saved_by_mlx, layout):
    found, findings = decided(FALCON_H1, "falcon_h1", [tensor("model.norm.weight", 64)], saved_by_mlx=saved_by_mlx)
    assert found is layout
    assert "header" in expect_finding(findings, "layout", Severity.INFO).what


@pytest.mark.parametrize("choice", list(Layout))
def test_the_users_word_counts_more(choice):
    found, findings = decided(FALCON_H1, "falcon_h1", [tensor(CONVOLUTION, 96, 4, 1)], choice)
    assert found is choice
    assert "you chose this layout" in expect_finding(findings, "layout", Severity.INFO).what


def test_nothing_is_said_where_the_layouts_are_the_same_or_nothing_is_there():
    assert decided(LLAMA, "llama", [tensor("model.norm.weight", 64)]) == (MLX, ())
    assert decided(FALCON_H1, "falcon_h1", []) == (MLX, ())


def test_the_layout_decides_what_is_done():
    model = FamilyModel("falcon_h1")
    folder = family_checkpoint(FALCON_H1, model, MLX)
    ops = {layout: ops_of(make_plan(folder, PlanOptions(layout=layout))) for layout in Layout}
    assert ops[MLX]["blk.0.ffn_gate.weight"] == ()
    assert [type(op).__name__ for op in ops[HUGGING_FACE]["blk.0.ffn_gate.weight"]] == ["Scale"]
    assert ops_of(make_plan(folder)) == ops[MLX]
    published = family_checkpoint(FALCON_H1, model, HUGGING_FACE)
    assert ops_of(make_plan(published)) == ops[HUGGING_FACE]


def ops_of(plan):
    return {tensor.name: tensor.change.ops for tensor in plan.tensors}
