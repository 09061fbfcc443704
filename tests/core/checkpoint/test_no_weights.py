"""A folder without weights that can be read: what it is instead, said once, with a next step."""

import json
import os

import pytest

from app.core.checkpoint import open_checkpoint, subfolders
from app.core.convert.prepare import prepare_plan
from app.core.errors import CheckpointError
from app.core.plan import PlanOptions
from tests.expect_finding import STOP, expect_finding


def only_finding(folder, code, subject):
    """All that a person is told before a conversion is this."""
    findings = prepare_plan(open_checkpoint(folder), PlanOptions()).findings
    assert findings == (expect_finding(findings, code, STOP, subject),)
    return findings[0]


def fill(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


OTHERS = {
    "weights.00.safetensors": "model.00.safetensors",
    "weights.npz": "mx.save_safetensors",
    "pytorch_model-00001-of-00002.bin": "save_pretrained",
    "pytorch_model.bin": "save_pretrained",
    "consolidated.safetensors": "Hugging Face layout",
    "consolidated.00.pth": "safetensors",
    "tiny-q4.gguf": "llama-cli",
    "finetuned.safetensors": "rename it to model.safetensors",
    "flax_model.msgpack": "safetensors",
    "tf_model.h5": "safetensors",
    "model.onnx": "safetensors",
    "tiny.mlmodel": "safetensors",
    "tiny.ckpt": "safetensors",
    "Tiny.ZIP": "Unpack",
    ".model.safetensors.icloud": "Finder",
    "model.safetensors.part": "download",
}


@pytest.mark.parametrize(("name", "word"), OTHERS.items(), ids=OTHERS)
@pytest.mark.parametrize("beside", [(), ("config.json", "tokenizer.json"), ("params.json", "tekken.json")])
def test_weights_of_another_kind(tmp_path, name, word, beside):
    finding = only_finding(fill(tmp_path, name, *beside), "no-weights", name)
    assert name in finding.what
    assert word in finding.advice


LEFTOVERS = "._model.safetensors", "optimizer.pt", "rng_state.pth", "scheduler.pt", "training_args.bin"


@pytest.mark.parametrize("names", [(), ("notes.txt",), ("config.json",), LEFTOVERS])
def test_nothing_at_all(tmp_path, names):
    only_finding(fill(tmp_path, *names), "no-weights", "")


@pytest.mark.parametrize("below", ["4bit", "mlx/4bit"])
def test_a_folder_around_a_model(tmp_path, below):
    fill(tmp_path, f"{below}/config.json", f"{below}/model.safetensors", "config.json", "README.md")
    finding = only_finding(tmp_path, "model-in-subfolder", below)
    assert below in finding.advice


def test_a_folder_around_models_names_three(tmp_path):
    for bits in range(2, 7):
        fill(tmp_path, f"{bits}bit/config.json", f"{bits}bit/model-00001-of-00002.safetensors")
    finding = only_finding(tmp_path, "model-in-subfolder", "2bit")
    assert "5 folders" in finding.meaning
    assert "2bit, 3bit, 4bit, …" in finding.meaning


def test_a_folder_around_adapters(tmp_path):
    fill(tmp_path, "run-1/adapters.safetensors", "run-2/adapter_model.safetensors")
    assert "adapter" in only_finding(tmp_path, "model-in-subfolder", "run-1").meaning


def test_models_come_before_adapters(tmp_path):
    fill(tmp_path, "a/adapters.safetensors", "b/config.json", "b/model.safetensors")
    assert "b" in only_finding(tmp_path, "model-in-subfolder", "b").advice


@pytest.mark.parametrize("below", ["a/b/c", ".hidden"])
def test_what_lies_deep_is_not_looked_for(tmp_path, below):
    only_finding(fill(tmp_path, f"{below}/config.json", f"{below}/model.safetensors"), "no-weights", "")


def test_no_link_is_followed(tmp_path):
    fill(tmp_path / "outside", "model/config.json", "model/model.safetensors")
    folder = fill(tmp_path / "folder", "notes.txt")
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "round").symlink_to(folder)
    only_finding(folder, "no-weights", "")


def test_so_many_entries_are_looked_at_and_no_more(tmp_path, monkeypatch):
    fill(tmp_path, "zz/config.json", "zz/model.safetensors", *(f"{i:03}/x" for i in range(300)))
    looked_at = []
    scandir = os.scandir

    def counted(path):
        looked_at.append(path)
        return scandir(path)

    monkeypatch.setattr(subfolders, "MOST_ENTRIES", 100)
    monkeypatch.setattr(os, "scandir", counted)
    subfolders.folders_below(tmp_path)
    assert 0 < len(looked_at) <= 101


SNAPSHOTS = "0000abcd", "ffff0123"


@pytest.mark.parametrize(
    ("main", "expected"), [("ffff0123\n", "ffff0123"), ("../..", "0000abcd"), (None, "0000abcd"), ("gone", "0000abcd")]
)
def test_cache_entry_names_the_snapshot(tmp_path, main, expected):
    repository = tmp_path / "models--org--tiny"
    fill(repository, *(f"snapshots/{name}/config.json" for name in SNAPSHOTS))
    if main is not None:
        fill(repository, "refs/main").joinpath("refs/main").write_text(main)
    finding = only_finding(repository, "hub-repository", f"snapshots/{expected}")
    assert f"snapshots/{expected}" in finding.advice
    assert (
        f"models--org--tiny/snapshots/{expected}"
        in only_finding(tmp_path, "model-in-subfolder", finding_of(tmp_path)).advice
    )


def finding_of(folder):
    return open_checkpoint(folder).findings[0].subject


def test_cache_entry_without_a_snapshot(tmp_path):
    (tmp_path / "snapshots").mkdir()
    assert "hf download" in only_finding(tmp_path, "hub-repository", "snapshots").advice


def test_application(tmp_path):
    app = fill(tmp_path / "LM Studio.app", "Contents/Info.plist", "Contents/MacOS/LM Studio")
    only_finding(app, "application", "")


@pytest.mark.parametrize("name", ["tiny.gguf", "tiny.zip", "tiny.tar.gz", "pytorch_model.bin", "weights.npz"])
def test_a_file_in_the_place_of_a_folder(tmp_path, name):
    with pytest.raises(CheckpointError, match=name) as caught:
        open_checkpoint(fill(tmp_path, name, "other/config.json") / name)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["tiny.gguf", "tiny.zip"])
def test_beside_a_model_it_stands_for_the_folder(folder, name):
    assert open_checkpoint(fill(folder, name) / name) == open_checkpoint(folder)


def test_an_index_without_any_file(folder):
    for path in folder.glob("*.safetensors"):
        path.unlink()
    finding = only_finding(folder, "missing-shard", "model-00001-of-00002.safetensors")
    assert "2 files" in finding.what
    fill(folder, "model-00001-of-00002.safetensors.incomplete")
    only_finding(folder, "no-weights", "model-00001-of-00002.safetensors.incomplete")


def adapter(folder, settings, *names):
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    return fill(folder, *names)


@pytest.mark.parametrize("name", ["adapters.safetensors", "adapter_model.safetensors", "0000200_adapters.safetensors"])
def test_adapter(tmp_path, name):
    adapter(tmp_path, {"model": "org/base"}, name, "0000100_adapters.safetensors")
    assert str(tmp_path) in only_finding(tmp_path, "adapter-only", name).advice


def test_adapter_without_settings(tmp_path):
    fill(tmp_path, "adapters.safetensors")
    assert "adapter_config.json" in only_finding(tmp_path, "adapter-only", "adapters.safetensors").advice


def test_adapter_in_a_file_that_is_not_read(tmp_path):
    name = "adapter_model.bin"
    adapter(tmp_path, {"peft_type": "LORA", "base_model_name_or_path": "org/base"}, name)
    assert "safetensors" in only_finding(tmp_path, "adapter-only", name).advice


def test_settings_of_an_adapter_alone(tmp_path):
    adapter(tmp_path, {"model": "org/base"})
    assert "adapters.safetensors" in only_finding(tmp_path, "adapter-only", "adapter_config.json").advice
