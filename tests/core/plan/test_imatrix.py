"""What an importance matrix does to a plan: types, findings, metadata."""

import pickle
from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType

from app.core.architectures.ops import Scale, on_values
from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.convert import prepare_plan
from app.core.describe.plan_json import plan_data
from app.core.ggml_types import NEEDED, USED, OutputType, types_by_importance
from app.core.plan import Method, PlannedTensor, PlanOptions
from app.core.plan.types.fitting_types import fitting_types
from app.core.plan.types.imatrix_findings import imatrix_findings
from app.core.plan.types.tensor_choices import parse_choice
from app.core.weights.imatrix_file import read_imatrix
from tests.core.convert.edit_folder import plan_of
from tests.core.imatrix_by_hand import KEYS, entries_for, shapes_of, write_imatrix
from tests.core.weights.one_tensor import packed
from tests.expect_finding import STOP, WARNING, expect_finding


@pytest.fixture
def shapes(tied_folder):
    return shapes_of(plan_of(tied_folder, "q4_0"))


@pytest.fixture
def planned(tied_folder, tmp_path):
    def make(shapes, output_type="q4_0", choices=(), keys=None):
        imatrix = read_imatrix(write_imatrix(tmp_path / "imatrix.gguf", entries_for(shapes), keys))
        chosen = tuple(map(parse_choice, choices))
        return prepare_plan(
            open_checkpoint(tied_folder), PlanOptions(OutputType(output_type), tensor_types=chosen, imatrix=imatrix)
        )

    return make


def test_every_tensor_that_can_use_it_has_its_numbers(planned, shapes):
    plan = planned(shapes)
    assert {t.name for t in plan.tensors if t.importance} == set(shapes)
    assert all(t.importance.name == t.name for t in plan.tensors if t.importance)
    (finding,) = (finding for finding in plan.findings if finding.code == "imatrix")
    assert finding.what == f"imatrix.gguf covers {len(shapes)} of the {len(shapes)} tensors that can use it."
    assert plan.can_convert
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_metadata_is_that_of_llama_quantize_without_the_folder(planned, shapes):
    dataset = "é" * 100
    keys = list(planned(shapes, keys={"imatrix.datasets": [dataset, "more.txt"]}).metadata)[-4:]
    assert [(entry.key, entry.value, entry.type.name) for entry in keys] == [
        ("quantize.imatrix.file", "imatrix.gguf", "STRING"),
        ("quantize.imatrix.dataset", "é" * 63, "STRING"),
        ("quantize.imatrix.entries_count", len(shapes), "UINT32"),
        ("quantize.imatrix.chunks_count", 7, "UINT32"),
    ]
    keys = list(planned(shapes, keys={"imatrix.chunk_count": 0}).metadata)[-3:]
    assert [entry.key for entry in keys][-1] == "quantize.imatrix.entries_count"


def test_plain_data_names_it_and_its_tensors(planned, shapes):
    plan = planned(shapes)
    data = plan_data(plan)
    assert data["imatrix"] == {
        "name": "imatrix.gguf",
        "sha256": plan.options.imatrix.sha256,
        "entry_count": len(shapes),
        "datasets": KEYS["imatrix.datasets"],
        "chunk_count": 7,
    }
    assert {tensor["name"] for tensor in data["tensors"] if tensor["has_importance"]} == set(shapes)


def test_what_it_does_not_cover_is_named(planned, shapes):
    some = {name: shape for name, shape in shapes.items() if "attn_v" not in name}
    finding = next(finding for finding in planned(some).findings if finding.code == "imatrix")
    assert f"covers {len(shapes) - 6} of the {len(shapes)}" in finding.what
    assert "blk.0.attn_v.weight, blk.1.attn_v.weight, blk.2.attn_v.weight, and 3 more" in finding.meaning


def test_one_of_another_model(planned, shapes):
    plan = planned({f"other.{name}": shape for name, shape in shapes.items()})
    expect_finding(plan.findings, "imatrix-of-another-model", WARNING)
    assert plan.can_convert
    assert not any(entry.key.startswith("quantize.") for entry in plan.metadata)


def test_one_of_other_sizes_stops_and_names_the_tensor(planned, shapes):
    plan = planned({**shapes, "blk.3.ffn_up.weight": (4, 64), "blk.4.ffn_up.weight": (2, 4, 128)})
    finding = expect_finding(plan.findings, "imatrix-of-another-shape", STOP, "blk.3.ffn_up.weight")
    assert "64 values for blk.3.ffn_up.weight, which needs 128; 1 more tensor" in finding.what
    assert not plan.can_convert


def test_an_embedding_of_other_sizes_is_left_alone(planned, shapes):
    """tools/quantize ignores it too: imatrix files of old versions have such entries."""
    plan = planned({**shapes, "token_embd.weight": (4, 64)})
    assert plan.can_convert
    assert plan.tensors[0].importance is None


@pytest.mark.parametrize(("output_type", "used"), [("auto", False), ("bf16", False), ("q8_0", False), ("q5_1", True)])
def test_types_that_do_not_use_it_do_not_say_so(output_type, used, planned, shapes):
    plan = planned(shapes, output_type)
    assert any(tensor.importance for tensor in plan.tensors) is used
    assert any(entry.key.startswith("quantize.imatrix") for entry in plan.metadata) is used
    assert (next(f for f in plan.findings if f.code == "imatrix").what == "imatrix.gguf is not used.") is not used


@pytest.mark.parametrize("kind", types_by_importance(NEEDED), ids=lambda kind: kind.name)
def test_types_that_need_one_say_so(kind, tied_folder, planned, shapes):
    wish = [f"ffn_down={kind.name}"]  # rows of 256
    without = prepare_plan(open_checkpoint(tied_folder), PlanOptions(tensor_types=tuple(map(parse_choice, wish))))
    finding = expect_finding(without.findings, "importance-needed", STOP, "blk.0.ffn_down.weight")
    assert f"as {kind.name} needs an importance matrix, and so do 5 more" in finding.what
    assert not without.can_convert
    assert planned(shapes, "auto", wish).can_convert
    some = {name: shape for name, shape in shapes.items() if name != "blk.4.ffn_down.weight"}
    expect_finding(planned(some, "auto", wish).findings, "importance-needed", STOP, "blk.4.ffn_down.weight")


def test_types_that_need_one_are_offered_with_one(planned, shapes):
    plan = planned(shapes)
    for tensor in plan.tensors:
        offered = fitting_types(tensor, plan.options.imatrix)
        assert set(fitting_types(tensor)).isdisjoint(types_by_importance(NEEDED))
        assert set(types_by_importance(NEEDED)) <= set(offered) or "ffn_down" not in tensor.name
        assert set(offered) >= set(fitting_types(tensor))


def test_repacked_blocks_do_not_use_it(tmp_path, shapes):
    from tests.tiny_checkpoints import gemma3_folder

    folder = gemma3_folder(tmp_path / "quantized", quantize=lambda _: True)
    imatrix = read_imatrix(write_imatrix(tmp_path / "imatrix.gguf", entries_for(shapes)))
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(imatrix=imatrix))
    assert any(
        tensor.method is Method.REPACK and tensor.type in types_by_importance(USED, NEEDED) for tensor in plan.tensors
    )
    assert not any(tensor.importance for tensor in plan.tensors)


def test_blocks_that_are_kept_need_none():
    """A K-quant folder's own blocks are not made anew."""
    source = packed("U8", (4, 256), Quantization(2, 256, "kquant", codec="iq2_xxs"))
    kept = PlannedTensor(
        "blk.0.ffn_up.weight", (source,), (4, 256), GGMLQuantizationType.IQ2_XXS, 264, method=Method.COPY
    )
    assert not list(imatrix_findings((kept,), None))
    (finding,) = imatrix_findings((replace(kept, change=on_values(Scale(0.5)), method=Method.REQUANTIZE),), None)
    assert finding.code == "importance-needed"
