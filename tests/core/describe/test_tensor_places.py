"""Layers and parts by the names of tensors, and how much of a model each has, against sums made here."""

from dataclasses import replace

import numpy as np
import pytest

from app.core.describe.model_shares import model_shares
from app.core.describe.tensor_places import PartKind, Place, kind_of, order_of, places
from app.core.encode.kept import Kept
from app.core.ggml_types import OutputType
from tests.tiny_checkpoints import HEAD
from tests.ui.big_plan import final_plan


def found(plan):
    return dict(
        zip(
            (getattr(one, "name", one.source.name) for one in (*plan.tensors, *plan.dropped)), places(plan), strict=True
        )
    )


def test_layers_and_parts(copied_folder):
    places = found(final_plan(copied_folder))
    assert places["blk.3.attn_q.weight"] == Place(3, "attn_q", PartKind.ATTENTION)
    assert places["blk.3.attn_q_norm.weight"] == Place(3, "attn_q_norm", PartKind.NORMS)
    assert places["blk.0.ffn_down.weight"] == Place(0, "ffn_down", PartKind.FEED_FORWARD)
    assert places["token_embd.weight"] == Place(None, "token_embd", PartKind.EMBEDDING)
    assert places["output_norm.weight"] == Place(None, "output_norm", PartKind.NORMS)
    assert places[HEAD] == Place(None, "lm_head", PartKind.OUTPUT)


def test_weight_is_said_where_there_is_a_bias_too(copied_folder):
    plan = final_plan(copied_folder)
    bias = next(one for one in plan.tensors if one.name == "blk.2.attn_q.weight")
    places = found(replace(plan, tensors=(*plan.tensors, replace(bias, name="blk.2.attn_q.bias"))))
    assert places["blk.2.attn_q.bias"].part == "attn_q.bias"
    assert places["blk.0.attn_q.weight"].part == "attn_q.weight"
    assert places["blk.0.attn_k.weight"].part == "attn_k"


def test_what_is_left_out_of_a_layer(copied_folder):
    plan = final_plan(copied_folder)
    (dropped,) = plan.dropped
    name = "model.layers.12.mlp.experts.7.up.weight"
    gone = replace(dropped, source=replace(dropped.source, name=name))
    assert found(replace(plan, dropped=(gone,)))[name] == Place(12, "mlp.experts.7.up", PartKind.EXPERTS)
    claimed = "model.layers.99999999999999999999.up"
    gone = replace(dropped, source=replace(dropped.source, name=claimed))
    assert found(replace(plan, dropped=(gone,)))[claimed].layer is None


def test_every_row_is_told_from_the_others(copied_folder):
    seen = [(one.layer, one.part) for one in places(final_plan(copied_folder))]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("output.weight", PartKind.OUTPUT),
        ("attn_output.weight", PartKind.ATTENTION),
        ("ffn_gate_exps.weight", PartKind.EXPERTS),
        ("ffn_gate_inp.weight", PartKind.EXPERTS),
        ("ffn_gate.weight", PartKind.FEED_FORWARD),
        ("attn_kv_a_norm.weight", PartKind.NORMS),
        ("rope_freqs.weight", PartKind.ATTENTION),
        ("per_layer_token_embd.weight", PartKind.EMBEDDING),
        ("ssm_in.weight", PartKind.OTHER),
        ("altup_router.weight", PartKind.OTHER),
        ("indexer.proj.weight", PartKind.ATTENTION),
        ("model.embed_tokens.weight", PartKind.EMBEDDING),
        ("embed_out.weight", PartKind.OUTPUT),  # GPT-NeoX's name of lm_head
    ],
)
def test_kinds(name, kind):
    assert kind_of(name) is kind


def test_head_and_embedding_come_first(copied_folder):
    ordered = sorted(places(final_plan(copied_folder)), key=order_of)
    assert [one.part for one in ordered[:3]] == ["lm_head", "token_embd", "output_norm"]
    layers = [one.layer for one in ordered if one.layer is not None]
    assert layers == sorted(layers) == [one.layer for one in ordered[3:]]


def test_shares_of_parts_and_layers(copied_folder):
    plan = final_plan(copied_folder, output_type=OutputType.Q8_0)
    errors = {one.name: 0.01 * number for number, one in enumerate(plan.tensors) if one.error is None}
    shares = model_shares(plan, errors, {})
    assert shares.whole.after == sum(one.byte_count for one in plan.tensors)
    assert shares.beside == plan.byte_count - shares.whole.after > 0
    assert model_shares(replace(plan, is_provisional=True), errors, {}).beside is None
    assert shares.whole.before == sum(one.source.byte_count for one in plan.tensors) + plan.dropped[0].source.byte_count
    assert shares.whole.tensor_count == len(plan.tensors) + 1
    for side in ("before", "after", "tensor_count"):
        assert sum(getattr(one, side) for one in shares.parts.values()) == getattr(shares.whole, side)
    (head,) = plan.dropped
    assert (shares.parts[PartKind.OUTPUT].before, shares.parts[PartKind.OUTPUT].after) == (head.source.byte_count, 0)
    assert list(shares.layers) == sorted(shares.layers) == list(range(6))
    layer = [one for one in plan.tensors if one.name.startswith("blk.2.")]
    assert shares.layers[2].after == sum(one.byte_count for one in layer)
    measured = [(one, errors.get(one.name, 0.0)) for one in layer if one.name in errors or one.error == 0]
    squares = np.concatenate([np.full(one.source.element_count, error**2) for one, error in measured])
    assert shares.layers[2].change == pytest.approx(np.sqrt(squares.mean()), rel=1e-9)
    assert shares.layers[2].kept is None


def test_what_is_written_twice_counts_once_in_the_folder(copied_folder):
    plan = final_plan(copied_folder)
    first = plan.tensors[0]
    twice = replace(plan, tensors=(first, replace(first, name="output.weight")), dropped=())
    whole = model_shares(twice, {}, {}).whole
    assert (whole.before, whole.after) == (first.source.byte_count, 2 * first.byte_count)


def test_kept_of_a_layer_counts_by_the_size_of_the_change(copied_folder):
    plan = final_plan(copied_folder)
    names = "blk.1.attn_q.weight", "blk.1.attn_k.weight"
    kept = dict(zip(names, (Kept(3.0, 3.0, 0.0), Kept(1.0, 0.0, 0.0)), strict=True))
    shares = model_shares(plan, {}, kept)
    assert shares.layers[1].kept == shares.whole.kept == 0.75
    assert shares.layers[0].kept is None


def test_nothing_was_measured_of_what_has_no_values(copied_folder):
    plan = final_plan(copied_folder)
    unknown = tuple(replace(one, error=None) for one in plan.tensors)
    assert model_shares(replace(plan, tensors=unknown), {}, {}).whole.change is None
