"""The width of a layer tells how its words are read, whatever layout its name is of."""

from dataclasses import replace

import pytest

from app.core.architectures import Layout
from app.core.architectures.families.llama import MIXTRAL
from app.core.checkpoint import StoredTensor
from app.core.checkpoint.grouping import group_tensors
from app.core.checkpoint.quantization import Quantization, QuantizationSettings
from app.core.model.identify import identify
from app.core.model.settled_packings import settled
from tests.core.plan.in_memory import FILE, checkpoint, family_checkpoint, wanted
from tests.golden.family_models import FamilyModel

MODEL = FamilyModel("mixtral")
RULES = wanted(MIXTRAL, MODEL.config)
QUERY = "model.layers.0.self_attn.q_proj"
WIDTH = MODEL.config["hidden_size"]
SETTINGS = (None, QuantizationSettings(Quantization(4, 32)), QuantizationSettings(Quantization(8, 32)))


def words(module, width=WIDTH, rows=(8,)):
    """4 bits for `width` values in groups of 64; 8 bits in groups of 32 have as many words and scales."""
    shapes = {"weight": (*rows, width // 8), "scales": (*rows, width // 64), "biases": (*rows, width // 64)}
    dtypes = {"weight": "U32"}
    return [
        StoredTensor(f"{module}.{part}", dtypes.get(part, "BF16"), shape, FILE, 0, 0) for part, shape in shapes.items()
    ]


def read(parts, settings=None, layout=Layout.MLX):
    (found,) = settled(group_tensors(parts, settings), MIXTRAL, RULES, layout)
    return found


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize(
    "module",
    [
        QUERY,
        "model.layers.1.block_sparse_moe.switch_mlp.up_proj",
        "model.layers.1.block_sparse_moe.experts.3.w1",
    ],
)
def test_the_width_decides(module, layout, settings):
    found = read(words(module), settings, layout)
    assert (found.quantization, found.shape, found.dtype) == (Quantization(4, 64), (8, WIDTH), "BF16")
    assert found.is_settled


@pytest.mark.parametrize("module", ["model.layers.0.self_attn.of_another_world", "model.layers.99.self_attn.q_proj"])
def test_what_the_family_does_not_have_stays_as_it_is(module):
    assert not read(words(module)).is_settled
    assert read(words(module), SETTINGS[2]).quantization == Quantization(8, 32)


def test_a_width_that_no_way_makes_decides_nothing():
    wide = words(QUERY, 3 * WIDTH)
    assert not read(wide).is_settled
    assert read(wide, SETTINGS[2]).quantization == Quantization(8, 32)


def test_head_and_embedding_are_those_with_the_right_width():
    sound = family_checkpoint(MIXTRAL, MODEL)
    rest = [one for one in sound.tensors if one.name not in ("model.embed_tokens.weight", "lm_head.weight")]
    tables = group_tensors([*words("model.embed_tokens", rows=(99,)), *words("lm_head", rows=(99,))], None)
    model = identify(replace(checkpoint([*rest, *tables]), config=MODEL.config))
    assert {one.shape for one in (model.embedding, model.head) if one} == {(99, WIDTH)}
    assert model.vocabulary_rows == 99
