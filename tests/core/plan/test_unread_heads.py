"""A head in a folder whose graph in llama.cpp reads the embedding instead: compared, and never lost in silence."""

from typing import Any

import mlx.core as mx
import pytest

from app.core.plan import HeadKind
from tests.core.convert.edit_folder import plan_of
from tests.golden.family_models import FamilyModel, save_published
from tests.tiny_checkpoints import with_tokenizer

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def planned(name, tmp_path, factor):
    """The plan of a tiny model with a head that is its embedding times a number."""
    folder = tmp_path / "model"
    save_published(FamilyModel(name), folder)
    (file,) = folder.glob("*.safetensors")
    tensors: Any = mx.load(str(file))
    head = tensors[EMBEDDING] * factor
    mx.eval(head, tensors)
    mx.save_safetensors(str(file), {**tensors, HEAD: head}, metadata={"format": "pt"})
    return plan_of(with_tokenizer(folder))


@pytest.mark.parametrize("name", ["gemma", "gemma2", "cohere2", "lfm2"])
def test_a_copy_is_shared(name, tmp_path):
    plan = planned(name, tmp_path, 1)
    assert plan.lm_head.kind is HeadKind.COPY
    assert not plan.blockers
    assert [tensor.source.name for tensor in plan.dropped] == [HEAD]


@pytest.mark.parametrize("name", ["gemma", "gemma2", "cohere2"])
def test_a_head_of_its_own_stops(name, tmp_path):
    plan = planned(name, tmp_path, 1.5)
    assert [finding.code for finding in plan.blockers] == ["lm-head-cannot-be-kept"]


def test_a_head_that_mlx_lm_never_uses_is_left_out(tmp_path):
    plan = planned("lfm2", tmp_path, 1.5)
    assert plan.lm_head.kind is HeadKind.IGNORED
    assert not plan.blockers
