"""A family's rules, spelled out for one config."""

from dataclasses import replace

import pytest

from app.core.architectures import Form, Layout, TensorRule
from app.core.architectures.families.llama import LLAMA, MIXTRAL
from app.core.architectures.ops import NOTHING, AddConstant, Scale, on_values
from app.core.model.expected_tensors import expected_tensors

MLX, HUGGING_FACE = Layout
CONFIG = {
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "num_local_experts": 3,
}
ROWS = 11


def spelled_out(*rules, layers=2, config=CONFIG, family=LLAMA, sizes=None):
    family = replace(family, parts=(), tensors=rules, sizes=sizes or family.all_sizes)
    return expected_tensors(family, config, layers, ROWS)


def test_ends_first_then_layer_by_layer():
    rules = (
        TensorRule("model.layers.{}.a.weight", ("hidden",), gguf="b.weight"),
        TensorRule("model.norm.weight", ("hidden",), gguf="c.weight"),
    )
    keys = [one.key for one in spelled_out(*rules, layers=3)]
    assert keys == ["c.weight", *(f"blk.{i}.b.weight" for i in range(3))]


def test_a_rule_may_be_for_some_layers_only():
    rule = TensorRule("model.layers.{}.a.weight", ("hidden",), layers=lambda config, i: i % config["every"] == 0)
    found = spelled_out(rule, layers=5, config={**CONFIG, "every": 2})
    assert [one.layer.index for one in found] == [0, 2, 4]


def test_experts_are_one_tensor_in_mlx_and_one_each_as_published():
    rule = next(rule for rule in MIXTRAL.all_tensors if rule.name.endswith("w2.weight"))
    _, one = spelled_out(rule, family=MIXTRAL)
    assert one.form(MLX).names == ("model.layers.1.block_sparse_moe.switch_mlp.down_proj.weight",)
    assert one.form(HUGGING_FACE).names == tuple(
        f"model.layers.1.block_sparse_moe.experts.{expert}.w2.weight" for expert in range(3)
    )
    assert one.form(MLX).shape == one.written_shape == (3, 8, 16)
    assert (one.form(HUGGING_FACE).shape, one.form(HUGGING_FACE).pieces) == ((8, 16), (3, (8, 16)))
    assert one.key == "blk.1.ffn_down_exps.weight"


def test_mlx_may_have_split_the_matrices_of_a_stack():
    rule = TensorRule("model.layers.{}.a", ("heads", "intermediate", "hidden"), split=("x.{}.b", "x.{}.c"))
    _, one = spelled_out(rule)
    assert one.form(MLX).names == ("x.1.b", "x.1.c")
    assert one.form(HUGGING_FACE).names == ("model.layers.1.a",)
    assert (one.form(MLX).shape, one.form(MLX).pieces) == ((2, 8, 8), (4, (8, 8)))
    assert one.form(HUGGING_FACE).shape == one.written_shape == (2, 16, 8)


def test_what_is_published_as_one_may_be_a_stack_in_mlx():
    sizes = {"all": 6, "some": 3, "rows": 2, "columns": 8}
    rule = TensorRule(
        "model.layers.{}.a",
        ("all", "columns"),
        on_values(Scale(2)),
        saved="model.layers.{}.a.{}.weight",
        remaining=NOTHING,
        written=("some", "rows", "columns"),
    )
    _, one = spelled_out(rule, sizes=lambda *_: sizes)
    assert one.form(MLX).names == tuple(f"model.layers.1.a.{number}.weight" for number in range(3))
    assert one.form(HUGGING_FACE).names == ("model.layers.1.a",)
    assert one.form(HUGGING_FACE).shape == (6, 8)
    assert (one.form(MLX).shape, one.form(MLX).pieces) == ((2, 8), (3, (2, 8)))
    assert one.written_shape == (3, 2, 8)
    assert (one.form(MLX).change, one.form(HUGGING_FACE).change) == (NOTHING, on_values(Scale(2)))


def test_a_stack_may_be_in_no_layer():
    rule = TensorRule("model.a.{1}.weight", ("heads", "hidden", "hidden"), gguf="a.weight")
    (one,) = spelled_out(rule, layers=3)
    for layout in Layout:
        assert one.form(layout).names == ("model.a.0.weight", "model.a.1.weight")
    assert (one.key, one.written_shape) == ("a.weight", (2, 8, 8))


def test_a_share_of_each_published_matrix_may_be_a_stack_in_mlx():
    rule = TensorRule("model.layers.{}.ab", ("heads", "intermediate", "hidden"), saved="x.{}.b", share=(1, 2))
    _, one = spelled_out(rule)
    assert (one.form(MLX).names, one.form(MLX).shape) == (("x.1.b",), (2, 16, 8))
    assert (one.form(HUGGING_FACE).names, one.form(HUGGING_FACE).shape) == (("model.layers.1.ab",), (2, 32, 8))
    assert one.form(MLX).pieces == (1, (2, 16, 8))
    assert one.form(HUGGING_FACE).pieces == (2, (16, 8))


def test_forms_come_in_the_order_of_the_layout_and_of_those_with_one_name_the_first_alone():
    older = Form(("x.{}.c",), ("hidden",), on_values(Scale(2)))
    same = Form(("model.layers.{}.a",), ("hidden",), on_values(Scale(3)))
    rule = TensorRule("model.layers.{}.a", ("hidden",), saved="x.{}.b", also=(older, same))
    _, one = spelled_out(rule)
    assert [form.names for form in one.forms(MLX)] == [("x.1.b",), ("model.layers.1.a",), ("x.1.c",)]
    assert [form.names for form in one.forms(HUGGING_FACE)] == [("model.layers.1.a",), ("x.1.b",), ("x.1.c",)]
    assert [form.change for form in one.forms(MLX)] == [NOTHING, NOTHING, on_values(Scale(2))]
    _, alike = spelled_out(replace(rule, saved="", change=on_values(Scale(4)), remaining=NOTHING))
    assert [form.change for form in alike.forms(MLX)] == [NOTHING, on_values(Scale(2))]
    assert [form.change for form in alike.forms(HUGGING_FACE)] == [on_values(Scale(4)), on_values(Scale(2))]


@pytest.mark.parametrize(
    ("remaining", "in_mlx", "mlx_shape"),
    [
        (None, on_values(AddConstant(1.0), Scale(8)), (8, 16)),
        (on_values(AddConstant(1.0)), on_values(AddConstant(1.0)), (8, 16)),
        (lambda layer: on_values(Scale(layer.sizes["heads"])), on_values(Scale(2)), (8, 16)),
        (NOTHING, NOTHING, (2, 4, 16)),  # what is done has the shape of the file already
    ],
)
def test_what_mlx_has_done_is_not_done_again(remaining, in_mlx, mlx_shape):
    rule = TensorRule(
        "a.weight",
        ("hidden", "intermediate"),
        change=lambda layer: on_values(AddConstant(1.0), Scale(layer.sizes["hidden"])),
        remaining=remaining,
        written=("heads", "head", "intermediate"),
    )
    (one,) = spelled_out(rule)
    assert (one.form(MLX).change, one.form(MLX).shape) == (in_mlx, mlx_shape)
    as_published = on_values(AddConstant(1.0), Scale(8))
    assert (one.form(HUGGING_FACE).change, one.form(HUGGING_FACE).shape) == (as_published, (8, 16))
    assert one.written_shape == (2, 4, 16)


def test_names_published_saved_and_written():
    rule = TensorRule("model.layers.{}.a", ("vocabulary",), saved="model.layers.{}.b", gguf="z.weight")
    _, one = spelled_out(rule)
    assert one.form(MLX).names == ("model.layers.1.b",)
    assert one.form(HUGGING_FACE).names == ("model.layers.1.a",)
    assert (one.key, one.written_shape) == ("blk.1.z.weight", (ROWS,))


@pytest.mark.parametrize("size", [-1, 1.0, "8", None, True, [8]])
def test_sizes_that_are_none_are_named(size):
    with pytest.raises(ValueError, match="strange is"):
        spelled_out(TensorRule("a.weight", ("strange",)), sizes=lambda _, __: {"strange": size})
