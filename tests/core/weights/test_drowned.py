"""A look at a few rows tells what 8-bit blocks would leave of an adapter's change, and `auto` goes by that."""

import numpy as np
import pytest
from gguf import GGMLQuantizationType as T

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import Method, PlanOptions
from app.core.plan.types.tensor_types import LOUD
from tests.adapters import save_mlx_adapter
from tests.tiny_checkpoints import gemma3_folder


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A folder in 4 bits, and an adapter for its queries."""
    root = tmp_path_factory.mktemp("packed")
    base = gemma3_folder(root / "base", quantize=lambda _: True)
    return base, save_mlx_adapter(base, root / "adapter", keys=["self_attn.q_proj"], layers=0)


def prepared(packed, strength=1.0):
    base, adapter = packed
    return prepare(identify(open_checkpoint(base), (Applied(read_adapter(adapter), strength),)))


def touched(plan):
    return [tensor for tensor in plan.tensors if tensor.source.updates]


@pytest.mark.parametrize("strength", [1.0, 0.05])
def test_the_sample_is_near_what_is_measured_later(strength, packed, tmp_path):
    made = prepared(packed, strength)
    written = convert(made.plan(PlanOptions(OutputType.Q8_0)), tmp_path / "file.gguf")
    assert made.facts
    assert written.kept.keys() == {tensor.name for tensor in touched(made.plan())}
    for tensor in touched(made.plan()):
        assert np.isclose(made.facts.noises[tensor.source.name], written.kept[tensor.name].noise_share, rtol=0.05)


def test_auto_takes_8_bits_where_they_keep_a_change_and_16_where_they_do_not(packed, tmp_path):
    for strength, kind in ((1.0, T.Q8_0), (0.01, T.F16)):
        plan = prepared(packed, strength).plan(PlanOptions(OutputType.AUTO))
        assert {tensor.type for tensor in touched(plan)} == {kind}
        kept = convert(plan, tmp_path / f"{kind}.gguf").kept.values()
        assert all(0.98 < one.share < 1.02 and one.noise_share <= LOUD for one in kept)
        assert {tensor.method for tensor in plan.tensors if tensor.source.quantization} == {
            Method.ENCODE,  # the queries
            Method.REPACK,
        }


def test_without_the_look_a_plan_is_provisional(packed):
    base, adapter = packed
    made = prepared(packed)
    from app.core.plan import Prepared

    unseen = Prepared(identify(open_checkpoint(base), (Applied(read_adapter(adapter)),)), made.vocabulary)
    assert unseen.plan(PlanOptions(OutputType.AUTO)).is_provisional
    assert not made.plan(PlanOptions(OutputType.AUTO)).is_provisional
