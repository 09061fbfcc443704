"""Variations of the tiny models: the file that llama.cpp's converter makes of them, or the refusal that is recorded."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.golden.family_models import FamilyModel
from tests.golden.variations import Variation
from tests.golden.vary import VARIATIONS, changed_keys, save, tensors_digest
from tests.tiny_checkpoints import with_tokenizer

ENTRIES = json.loads(VARIATIONS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["variation"]["base"] for entry in ENTRIES])
def test_a_drawn_variation_gives_the_same_file_or_is_refused(entry, tmp_path):
    variation = Variation(**entry["variation"])
    folder = with_tokenizer(save(variation.model(), tmp_path / "model", variation.shards))
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(OutputType(variation.kind)))
    stops = sorted({f"{finding.code}:{finding.subject}" for finding in plan.blockers})
    # what the converter makes of a folder that mlx-lm does not load stays recorded
    assert stops == ([f"bad-config:{name}" for name in variation.left_out()] or entry.get("refused", []))
    if not stops:
        file = convert(plan, tmp_path / "ours.gguf").path
        assert changed_keys(file, FamilyModel(variation.base)) == entry["keys"]
        assert tensors_digest(file) == entry["tensors"]
