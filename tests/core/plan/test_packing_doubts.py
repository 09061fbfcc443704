"""Tensors whose packing makes no sense: a stop where the model uses them, one for each cause, and nothing where not."""

import json
from math import prod

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert.prepare import prepare_plan
from app.core.describe.summary import dtype_in_words
from app.core.plan import PlanOptions
from tests.core.checkpoint.written_by_hand import read_parts, write_safetensors
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import EMBEDDING, HEAD, gemma3_folder

QUERY, MLP = "model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj"
FAR = "quantization-contradiction"
ITEM_BYTES = {"U32": 4, "BF16": 2, "U8": 1}


@pytest.fixture(scope="module")
def packed_folder(tmp_path_factory):
    return gemma3_folder(tmp_path_factory.mktemp("packed") / "model", "copied", quantize=lambda _: True)


@pytest.fixture
def folder(packed_folder, copy_folder):
    return copy_folder(packed_folder)


def with_tensors(folder, **tensors):
    """`tensors` in the place of those of the folder, or beside them: their dtype and shape, or None for none."""
    path = folder / "model.safetensors"
    header, _ = read_parts(path)
    header.pop("__metadata__")
    kept = {name: (entry["dtype"], entry["shape"]) for name, entry in header.items()}
    wanted = {name: one for name, one in {**kept, **tensors}.items() if one}
    end, entries = 0, {}
    for name, (dtype, shape) in wanted.items():
        begin, end = end, end + ITEM_BYTES[dtype] * prod(shape)
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    write_safetensors(path, {"__metadata__": {"format": "mlx"}, **entries}, end)
    (folder / "model.safetensors.index.json").unlink(missing_ok=True)
    return folder


def packed(module, words, scales, biases=True):
    found = {f"{module}.weight": ("U32", words), f"{module}.scales": ("BF16", scales)}
    return {**found, f"{module}.biases": ("BF16", scales) if biases else None}


def plan_of(folder):
    return prepare_plan(open_checkpoint(folder), PlanOptions())


def stops(folder):
    return [finding for finding in plan_of(folder).findings if finding.severity is STOP]


@pytest.mark.parametrize(
    "extra",
    [
        packed("vision_tower.blocks.0.proj", [8, 7], [8, 2]),
        packed("vision_tower.blocks.0.proj", [8, 16], [8, 2], biases=False),
        packed("vision_tower.blocks.0.proj", [8, 16], [8, 4]),
        packed("multi_modal_projector.proj", [8, 7], [7, 2]),
        {"vision_tower.a.weight": ("BF16", [8, 7]), "vision_tower.a.scales": ("BF16", [8, 2])},
    ],
)
def test_what_is_left_out_stops_nothing(folder, extra):
    sound, plan = plan_of(folder), plan_of(with_tensors(folder, **extra))
    assert plan.can_convert
    assert [finding.code for finding in plan.findings] == [finding.code for finding in sound.findings]
    assert {one.source.name for one in plan.dropped} == {*(one.source.name for one in sound.dropped), next(iter(extra))}


def test_what_is_not_known_stops_as_that_only(folder):
    (stop,) = stops(with_tensors(folder, **packed("model.layers.0.other", [8, 7], [8, 2])))
    assert (stop.code, stop.subject) == ("unknown-tensor", "model.layers.0.other.weight")


@pytest.mark.parametrize("module", [QUERY, EMBEDDING.removesuffix(".weight"), HEAD.removesuffix(".weight")])
def test_what_is_used_stops_once(folder, module):
    (stop,) = stops(with_tensors(folder, **{f"{module}.biases": None}))
    assert (stop.code, stop.subject) == (FAR, module)
    assert "its biases are missing" in stop.what


def test_each_tensor_is_named(folder):
    lost = {f"{module}.biases": None for module in (QUERY, MLP)}
    assert [(stop.code, stop.subject) for stop in stops(with_tensors(folder, **lost))] == [(FAR, QUERY), (FAR, MLP)]


def test_very_many_are_counted(folder):
    names = [name for name in read_parts(folder / "model.safetensors")[0] if name.endswith(".biases")]
    codes = [stop.code for stop in stops(with_tensors(folder, **dict.fromkeys(names)))]
    assert codes == [FAR] * 10 + [f"{FAR}-and-more"]


def test_shapes_of_another_width_say_what_they_allow(folder):
    """One stop for all, which names the bits and groups that fit."""
    changed = with_tensors(folder, **packed(QUERY, [128, 24], [128, 3]), **packed(MLP, [128, 24], [128, 3]))
    path = changed / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({name: one for name, one in config.items() if not name.startswith("quantization")}))
    stop = expect_finding(stops(changed), "quantization-unknown", STOP, f"{QUERY}.weight")
    assert len(stops(changed)) == 1
    assert f"2 tensors are quantized: {QUERY}.weight, {MLP}.weight" in stop.what
    assert "allow 2-bit, groups of 128; 4-bit, groups of 64; 8-bit, groups of 32" in stop.meaning
    assert "rows of 128 values" in stop.meaning


def test_a_family_that_is_not_known_is_all_there_is_to_say(folder):
    (folder / "config.json").write_text('{"model_type": "of another world"}')
    plan = plan_of(folder)
    assert [stop.code for stop in plan.blockers] == ["unknown-model-type"]
    assert {dtype_in_words(one.source) for one in plan.dropped} == {"BF16", "U32"}
