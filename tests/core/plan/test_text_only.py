"""The text part of a vision model."""

import json
from shutil import copytree

from app.core.checkpoint import open_checkpoint
from tests.expect_finding import NOTE, expect_finding
from tests.planning import make_plan


def test_it_says_which_mmproj_fits(copied_folder, tmp_path):
    folder = copytree(copied_folder, tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    nested = {"model_type": "gemma3", "text_config": config, "vocab_size": config["vocab_size"]}
    (folder / "config.json").write_text(json.dumps(nested))
    (folder / "README.md").write_text("---\nbase_model: [google/gemma-3-4b-it]\n---\n")
    found = expect_finding(make_plan(open_checkpoint(folder)).findings, "text-only", NOTE)
    assert "google/gemma-3-4b-it" in found.advice
