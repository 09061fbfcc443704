"""What no file holds is left out with its reason, in every family and whatever holds it."""

from dataclasses import replace

import pytest

from app.core.architectures import ARCHITECTURES, find_architecture
from app.core.architectures.further_tokens import MTP, MTP_LEFT_OUT
from app.core.architectures.vision import TEXT_ONLY
from app.core.model.canonical_names import canonical_name
from app.core.model.left_out import reason_to_leave_out
from tests.core.plan.in_memory import family_checkpoint, tensor
from tests.golden.family_models import FamilyModel
from tests.planning import make_plan

HOLDERS = ("", "model.", "language_model.", "model.language_model.", "language_model.model.", "thinker.")
PARTS = {
    "vision_tower.encoder.layers.0.mlp.fc1.weight": (TEXT_ONLY,),
    "vision_embedder.patch_dense.weight": (TEXT_ONLY,),
    "visual.merger.mlp.0.weight": (TEXT_ONLY,),
    "audio_tower.layers.0.fc1.weight": (TEXT_ONLY,),
    "multi_modal_projector.linear_1.weight": (TEXT_ONLY,),
    "mm_projector.proj.0.weight": (TEXT_ONLY,),
    "patch_merge_mlp.linear_1.weight": (TEXT_ONLY,),
    "image_newline": (TEXT_ONLY,),
    "mtp.fc.weight": (MTP, MTP_LEFT_OUT),
    "mtp.norm.weight": (MTP, MTP_LEFT_OUT),
    "mtp_block.0.mlp.up_proj.weight": (MTP,),
}


@pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)
def test_it_is_left_out_in_every_family_and_in_every_wrapper(family):
    for holder in HOLDERS:
        for name, reasons in PARTS.items():
            assert reason_to_leave_out(family, holder + name) in reasons, holder + name


@pytest.mark.parametrize("family", ARCHITECTURES, ids=lambda family: family.name)
def test_nothing_that_a_family_wants_is_left_out(family):
    for rule in family.all_tensors:
        for name in filter(None, (rule.name, rule.saved, *rule.split)):
            saved = name.replace("{}", "0").replace("{1}", "0")
            assert reason_to_leave_out(family, saved) == ""
            assert canonical_name(family, saved) == saved


def test_a_folder_with_such_parts_in_several_wrappers_is_planned():
    model = FamilyModel("qwen3_5")
    family = find_architecture("qwen3_5", model.config)
    assert family is not None
    names = ("language_model.mtp.fc.weight", "mtp.norm.weight", "language_model.model.visual.pos_embed.weight")
    found = family_checkpoint(family, model)
    plan = make_plan(replace(found, tensors=(*found.tensors, *(tensor(name, 8) for name in names))))
    assert {one.source.name: one.reason for one in plan.dropped} == dict(
        zip(names, (MTP_LEFT_OUT, MTP_LEFT_OUT, TEXT_ONLY), strict=True)
    )
    assert "unknown-tensor" not in {finding.code for finding in plan.findings}
