"""Adapters on the command line: their base is found, several are added, and what was kept of them is said."""

import json
import shutil

import mlx.core as mx
import pytest

from tests.adapters import save_mlx_adapter
from tests.golden.family_models import loaded


@pytest.fixture(scope="module")
def adapter(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("adapters") / "tuned")


def test_an_adapter_alone_finds_its_base(adapter, tied_folder, run, tmp_path):
    code, out, err = run("convert", adapter, "--type", "f32", "-o", tmp_path / "alone.gguf")
    assert (code, err) == (0, "")
    assert "Fine-tune kept: 100.0%" in out
    code, _, _ = run("convert", tied_folder, "--adapter", adapter, "--type", "f32", "-o", tmp_path / "both.gguf")
    assert code == 0
    assert (tmp_path / "alone.gguf").read_bytes() == (tmp_path / "both.gguf").read_bytes()


def test_its_file_lies_beside_it_and_bears_both_names(adapter, tied_folder, run, tmp_path):
    folder = tmp_path / "here" / "tuned"
    shutil.copytree(adapter, folder)
    assert run("convert", folder)[0] == 0
    assert [path.name for path in folder.parent.glob("*.gguf")] == [f"{tied_folder.name}-tuned-BF16.gguf"]


def test_of_an_adapter_in_its_base_s_folder_the_file_lies_beside_the_base(adapter, model, run):
    shutil.copytree(adapter, model / "tuned")
    config = json.loads((model / "tuned" / "adapter_config.json").read_text())
    (model / "tuned" / "adapter_config.json").write_text(json.dumps({**config, "model": ".."}))
    code, _, err = run("convert", model / "tuned")
    assert (code, err) == (0, "")
    assert [path.name for path in model.parent.glob("*.gguf")] == [f"{model.name}-tuned-BF16.gguf"]


def test_a_strength_of_zero_gives_the_values_of_the_base(adapter, tied_folder, run, tmp_path):
    for name, extra in (("base", []), ("zero", ["--adapter", f"{adapter}:0"])):
        assert run("convert", tied_folder, *extra, "--name", "x", "--type", "bf16", "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "base").read_bytes() == (tmp_path / "zero").read_bytes()


def test_twice_the_half_is_the_whole(adapter, tied_folder, run, tmp_path):
    half = ["--adapter", f"{adapter}:0.5"]
    for name, extra in (("whole", ["--adapter", adapter]), ("halves", [*half, *half])):
        assert run("convert", tied_folder, *extra, "--name", "x", "--type", "q8_0", "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "whole").stat().st_size == (tmp_path / "halves").stat().st_size


def test_json_says_what_was_added_and_kept(adapter, run, tmp_path):
    code, out, _ = run("convert", adapter, "--type", "q8_0", "--json", "-o", tmp_path / "x.gguf")
    data = json.loads(out)
    assert code == 0
    assert [(one["method"], one["ranks"], one["scales"]) for one in data["adapters"]] == [("LoRA", [4], [20.0])]
    assert 0.99 < data["fine_tune_kept"] < 1.01
    touched = [one for one in data["tensors"] if one["fine_tune_kept"] is not None]
    assert touched
    assert all(one["update_ranks"] == [4] for one in touched)


def test_a_base_that_is_not_there_is_named(adapter, run, tmp_path):
    folder = tmp_path / "tuned"
    shutil.copytree(adapter, folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "model": "somebody/a-model"}))
    code, _, err = run("convert", folder)
    assert code == 1
    assert "is not on this Mac: somebody/a-model" in err


def test_another_base_is_refused_with_the_first_mismatch(adapter, tied_folder, run, tmp_path):
    folder = tmp_path / "tuned"
    shutil.copytree(adapter, folder)
    arrays = loaded(folder / "adapters.safetensors")
    shorter = {name: array[:32] if name.endswith("lora_a") else array for name, array in arrays.items()}
    mx.save_safetensors(str(folder / "adapters.safetensors"), shorter)
    code, _, err = run("convert", tied_folder, "--adapter", folder, "-o", tmp_path / "x.gguf")
    assert code == 1
    assert "was trained for another model" in err
    assert not (tmp_path / "x.gguf").exists()


def test_inspect_says_what_was_trained_and_how_much_it_changes(adapter, tied_folder, run):
    code, out, err = run("inspect", adapter)
    assert (code, err) == (0, "")
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    assert ["Method", "LoRA, rank 4, scale 20"] in lines
    assert ["Strength", "1"] in lines
    (touched,) = (line for line in out.splitlines() if "blk.0.attn_q.weight" in line)
    assert touched.endswith("%  fine-tuned, rank 4")
    data = json.loads(run("inspect", adapter, "--json")[1])
    shares = {one["name"]: one["relative_change"] for one in data["tensors"]}
    assert f"{shares['blk.0.attn_q.weight']:.0%}  fine-tuned" in touched
    assert shares["output_norm.weight"] is None
    assert len(data["adapters"][0]["layers"]) == 6
    assert all("relative_change" not in one for one in json.loads(run("inspect", tied_folder, "--json")[1])["tensors"])
    assert "  change  " not in run("inspect", tied_folder)[1]


def test_inspect_shows_an_adapter_of_another_model_without_measuring(adapter, tied_folder, run, tmp_path):
    folder = tmp_path / "tuned"
    shutil.copytree(adapter, folder)
    import mlx.core as mx

    file = folder / "adapters.safetensors"
    arrays = mx.load(str(file))
    assert isinstance(arrays, dict)
    mx.save_safetensors(str(file), {name.replace("q_proj", "r_proj"): array for name, array in arrays.items()})
    code, out, _ = run("inspect", tied_folder, "--adapter", folder)
    assert code == 0
    assert "layers that this model does not have" in out
    assert "  change  " not in out


def test_an_adapter_beside_the_weights_is_added_by_the_option_that_is_named(adapter, tied_folder, model, run, tmp_path):
    for name in ("adapters.safetensors", "adapter_config.json"):
        shutil.copy(adapter / name, model / name)
    assert "Use --adapter" in " ".join(run("inspect", model)[1].split())
    found = json.loads(run("inspect", model, "--json")[1])["findings"]
    (remedy,) = next(one["remedies"] for one in found if one["code"] == "adapter-beside-weights")
    assert remedy == {"kind": "add-adapter", "path": str(model / "adapters.safetensors")}
    beside = ["--adapter", model / "adapters.safetensors"]
    assert "adapter-beside-weights" not in run("inspect", model, *beside, "--json")[1]
    for name, arguments in (("beside", [model, *beside]), ("apart", [tied_folder, "--adapter", adapter])):
        assert run("convert", *arguments, "--name", "x", "--type", "f32", "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "beside").read_bytes() == (tmp_path / "apart").read_bytes()
