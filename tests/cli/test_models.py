"""models: the list, and its names in the place of folders."""

import json
import shutil

import pytest

from tests.core.deliver.model_trees import PACKED, WHOLE, cached, fill


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    (folder / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    for name in ("HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MODELSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(folder / "work")
    return folder


@pytest.fixture
def models(home):
    """What LM Studio keeps."""
    return home / ".lmstudio" / "models"


def test_the_list(home, models, run):
    snapshot = cached(home / ".cache" / "huggingface" / "hub", "org/tiny", WHOLE)
    half = fill(models / "org" / "large", {"config.json": PACKED, "downloading_model.safetensors.part": b""})
    settings = {"model": "org/tiny"}
    tuned = fill(home / "work" / "tuned", {"adapter_config.json": settings, "adapters.safetensors": b"x"})
    fill(home / "work", {"tiny-Q8_0.gguf": b"GGUF"})
    code, out, err = run("models")
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()] == [
        ["Name", "Model", "type", "Bits", "Size", "GGUF", "Where"],
        ["org/large", *["qwen3,", "download", "not", "complete"], "4", "0", "bytes", str(half)],
        ["org/tiny", "qwen3", "4", "1.00", "KB", "1", "file", str(snapshot)],
        ["tuned", "adapter", "for", "org/tiny", "1", "byte", str(tuned)],
    ]


def test_as_json(home, models, run):
    snapshot = cached(home / ".cache" / "huggingface" / "hub", "org/tiny", WHOLE)
    settings = {"model": "org/tiny"}
    tuned = fill(home / "work" / "tuned", {"adapter_config.json": settings, "adapters.safetensors": b"x"})
    model, adapter = json.loads(run("models", "--json")[1])
    assert model == {
        **{"name": "org/tiny", "path": str(snapshot), "place": "Hugging Face", "kind": "model", "model_type": "qwen3"},
        **{"bits": 4, "byte_count": 1000, "is_complete": True, "gguf": [], "base": None, "base_path": None},
    }
    assert adapter == {
        **{"name": "tuned", "path": str(tuned), "place": "folder", "kind": "adapter", "model_type": None, "bits": None},
        **{"byte_count": 1, "is_complete": True, "gguf": [], "base": "org/tiny", "base_path": str(snapshot)},
    }


def test_an_empty_list(run):
    assert run("models") == (0, "No models were found on this Mac.\n", "")
    assert json.loads(run("models", "--json")[1]) == []


def test_a_name_is_converted_into_the_working_folder(tied_folder, models, home, run):
    shutil.copytree(tied_folder, models / "org" / "tiny")
    code, out, err = run("convert", "tiny", "--type", "f16")
    assert (code, err) == (0, "")
    assert str(home / "work" / "tiny-F16.gguf") in out
    assert [path.name for path in (models / "org").iterdir()] == ["tiny"]
    assert run("convert", "org/tiny", "--type", "f16", "-o", home / "other.gguf")[0] == 0
    assert (home / "other.gguf").is_file()
    assert f"Folder        {models / 'org' / 'tiny'}" in run("inspect", "tiny")[1]
    assert run("verify", "tiny", home / "other.gguf", "--quick")[0] == 0


def test_a_name_of_several_models(models, run):
    fill(models / "one" / "tiny", WHOLE)
    fill(models / "two" / "tiny", WHOLE)
    code, out, err = run("inspect", "tiny")
    assert (code, out) == (1, "")
    assert "one/tiny, two/tiny" in err


def test_a_name_of_none(home, run):
    code, _, err = run("inspect", "nothing")
    assert code == 1
    assert f"{home / 'work' / 'nothing'} cannot be opened" in err


def test_a_working_folder_that_is_gone(models, home, run, monkeypatch):
    fill(models / "org" / "tiny", WHOLE)
    (home / "gone").mkdir()
    monkeypatch.chdir(home / "gone")
    (home / "gone").rmdir()
    assert "org/tiny" in run("models")[1]
