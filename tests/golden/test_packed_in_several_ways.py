"""Matrices that are one tensor in the file, and that mlx-lm packed one by one, with bits for each."""

from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
from mlx_lm import utils

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import KQUANT, Quantization
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType, T
from app.core.model.packing import are_stackable
from app.core.plan import Method, PlanOptions
from tests.core.plan.in_memory import tensor
from tests.golden.family_models import FamilyModel, save_decoded, save_published
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

# Experts one by one, gates and ups in two stacks, projections that are a list
FAMILIES = ("dbrx", "gemma4_text-moe", "gemma3n")
WAYS = ({"bits": 4, "group_size": 64}, {"bits": 6, "group_size": 32}, {"bits": 5, "group_size": 128})


@pytest.fixture(scope="module", params=FAMILIES)
def folders(request, tmp_path_factory):
    """As mlx-lm packs a model with a predicate, and the same values in float32."""
    folder = tmp_path_factory.mktemp(request.param)

    def choose(path, module):
        way = WAYS[crc32(path.encode()) % len(WAYS)]
        return way if module.weight.shape[-1] % way["group_size"] == 0 else {"bits": 8, "group_size": 32}

    model, config = utils.load_model(save_published(FamilyModel(request.param), folder / "published"), lazy=True)
    model, config = utils.quantize_model(model, config, 32, 4, quant_predicate=choose)
    utils.save_model(folder / "packed", model)
    utils.save_config(config, folder / "packed" / "config.json")
    plain = save_decoded(folder / "packed", folder / "plain")
    return with_tokenizer(folder / "packed"), with_tokenizer(plain)


def plan_of(folder, kind):
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(kind))
    assert plan.can_convert, [finding.what for finding in plan.blockers]
    return plan


@pytest.mark.parametrize("kind", [OutputType.F32, OutputType.F16, OutputType.Q8_0])
def test_the_file_has_the_values_that_mlx_decodes(folders, kind, tmp_path):
    packed, plain = (plan_of(folder, kind) for folder in folders)
    several = {one.name for one in packed.tensors if len({source.quantization for source in one.sources}) > 1}
    assert several
    found, expected = (QuickReader(convert(p, tmp_path / f"{i}.gguf").path) for i, p in enumerate((packed, plain)))
    wanted = {one.name: one for one in expected.tensors}
    for one in found.tensors:
        if one.name in several:
            assert one.tensor_type == wanted[one.name].tensor_type
            assert np.array_equal(one.data, wanted[one.name].data)


def test_left_to_itself_it_takes_no_blocks_of_fewer_bits(folders):
    for kind, chosen in ((OutputType.AUTO, T.Q8_0), (OutputType.LOSSLESS, T.F16)):
        plan = plan_of(folders[0], kind)
        several = [one for one in plan.tensors if len({source.quantization for source in one.sources}) > 1]
        assert {(one.type, one.method) for one in several} == {(chosen, Method.ENCODE)}
        assert "decoded-weights" not in [finding.code for finding in plan.findings]


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        ((Quantization(4, 64), Quantization(6, 32)), True),
        ((None, None), True),
        ((None, Quantization(4, 64)), False),
        ((Quantization(4, 64), Quantization(4, 32, "mxfp4")), False),
        ((Quantization(8, 32, "mxfp8"), Quantization(4, 32, "mxfp4")), False),
        ((Quantization(4, 256, KQUANT, codec="q4_k"), Quantization(6, 256, KQUANT, codec="q6_k")), False),
    ],
)
def test_only_affine_packings_of_several_ways_make_one_tensor(ways, expected):
    tensors = tuple(replace(tensor("m.weight", 8, 256), quantization=way) for way in ways)
    assert are_stackable(tensors) is expected
    assert not are_stackable((tensor("m.weight", 8, 256), tensor("m.weight", 8, 256, dtype="F16")))
