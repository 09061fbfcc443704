"""A model card: a head that the Hub reads, and below it what the files are and how they were made."""

import shlex
from pathlib import Path

import pytest
import yaml

from app.core.checkpoint import open_checkpoint
from app.core.convert import StageSeconds, WrittenFile
from app.core.deliver.model_card import CardFile, card_head, model_card, upload_commands, write_model_card
from app.core.errors import TargetError
from app.core.ggml_types import OutputType
from app.core.language import english
from app.core.plan import PlanOptions
from app.core.plan.header.edited import parse_entry
from tests.core.verify.made_reports import whole_report
from tests.planning import prepare_plans

HEAD = """---
base_model: google/gemma-3-270m-it
license: gemma
language:
- en
- no
library_name: mlx
pipeline_tag: text-generation
tags:
- mlx
- "a: b"
- text-generation
---
# About
"""


@pytest.fixture
def checkpoint(tied_folder, copy_folder):
    folder = copy_folder(tied_folder)
    (folder / "README.md").write_text(HEAD)
    return open_checkpoint(folder)


def made(checkpoint, *types, edits=(), report=None, place=Path("/out")):
    options = PlanOptions(metadata=tuple(map(parse_entry, edits)))
    plans = prepare_plans(checkpoint, options, map(OutputType, types))
    return [
        CardFile(
            plan, WrittenFile(place / f"x-{plan.options.output_type}.gguf", 1, 1, StageSeconds(0, 0, 0, 0)), report
        )
        for plan in plans
    ]


def parted(card):
    _, head, body = card.split("---\n", 2)
    return yaml.safe_load(head), body


def test_the_head_is_of_the_folders_card(checkpoint):
    files = made(checkpoint, "q8_0")
    head, _ = parted(model_card(checkpoint, files, english()))
    assert head == {
        "base_model": "google/gemma-3-270m-it",
        "base_model_relation": "quantized",
        "license": "gemma",
        "language": ["en", "no"],
        "library_name": "gguf",
        "pipeline_tag": "text-generation",
        "tags": ["gguf", "a: b"],
    }


def test_what_a_person_chose_counts(checkpoint):
    base = "base_model.0.repo_url=https://huggingface.co/a/b"
    edits = ("license=mit", "quantized_by=Me", "tags=one", "description=Two *words*", "languages=", base)
    files = made(checkpoint, "q8_0", edits=edits)
    head = card_head(checkpoint, files)
    assert (head["license"], head["quantized_by"], head["tags"]) == ("mit", "Me", ["gguf", "one"])
    assert head["base_model"] == "a/b"
    assert "language" not in head
    assert "Two \\*words\\*" in model_card(checkpoint, files, english())


def test_a_folder_without_a_card(tied_folder):
    checkpoint = open_checkpoint(tied_folder)
    head = card_head(checkpoint, made(checkpoint, "bf16"))
    assert head == {"library_name": "gguf", "pipeline_tag": "text-generation", "tags": ["gguf"]}


def test_a_row_for_each_file_and_how_it_was_made(checkpoint):
    files = made(checkpoint, "q8_0", "bf16")
    _, body = parted(model_card(checkpoint, files, english()))
    rows = [line for line in body.splitlines() if line.startswith("| x-")]
    assert [row.split(" | ")[1] for row in rows] == ["q8_0", "bf16"]
    assert [8 < float(row.split(" | ")[3].rstrip(" |")) < 17 for row in rows] == [True, True]
    assert "Converted by MLX Ferry" in body
    assert "Q8\\_0" in body
    assert "llama-cli -m x-q8_0.gguf" in body
    assert "Verification" not in body


def test_the_lines_of_the_proof_are_in_it(checkpoint):
    _, body = parted(model_card(checkpoint, made(checkpoint, "q8_0", report=whole_report()), english()))
    proof = body.split("## Verification\n\n")[1].split("\n\n")[0]
    assert proof.startswith("**Verified with MLX Ferry")
    assert len(proof.splitlines()) == 5


def test_the_commands_name_every_file_and_the_card(checkpoint, tmp_path):
    (one,) = made(checkpoint, "q8_0", place=tmp_path / "a b")
    lines = upload_commands([one])
    assert [shlex.split(line) for line in lines] == [
        ["hf", "upload", "YOU/tiny-tied-GGUF", str(path), path.name]
        for path in (one.written.path, tmp_path / "a b" / "README.md")
    ]


def test_a_card_is_never_written_over_another_unasked(checkpoint, tmp_path):
    files = made(checkpoint, "q8_0", place=tmp_path)
    path = write_model_card(checkpoint, files)
    assert path == tmp_path / "README.md"
    path.write_text("mine")
    with pytest.raises(TargetError, match="already exists"):
        write_model_card(checkpoint, files)
    assert path.read_text() == "mine"
    assert write_model_card(checkpoint, files, overwrite=True).read_text().startswith("---\n")
