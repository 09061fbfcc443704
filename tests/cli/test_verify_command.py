"""`verify` compares a file with its folder: words for people, JSON for programs, and an exit code for both."""

import json

import pytest

from tests.adapters import save_mlx_adapter
from tests.core.tokenizer.unknown_pre_tokenizer import unknown_pre_tokenizer
from tests.core.verify.spoil import spoil


@pytest.fixture
def file(model, run, tmp_path):
    """What `convert` writes for the folder."""
    target = tmp_path / "file.gguf"
    assert run("convert", model, "--type", "q8_0", "-o", target)[0] == 0
    return target


def test_a_sound_file_passes(model, file, run):
    code, out, err = run("verify", model, file)
    assert (code, err) == (0, "")
    assert "Checked: all" in out
    assert out.endswith("Checked: the settings are those of the folder.\n")


def test_another_setting_is_named_and_fails(model, file, run, tmp_path):
    key = "gemma3.rope.freq_base"
    code, out, err = run("verify", model, spoil(file, tmp_path / "spoilt.gguf", keys={key: 1234.5}))
    assert code == 1
    assert f"{key}: 1234.5 in the file, 1000000 by the folder." in out
    assert err == "mlx-ferry: The file did not pass the check.\n"


def test_json_has_weights_and_header(model, file, run, tmp_path):
    code, out, _ = run("verify", model, file, "--json")
    data = json.loads(out)
    assert code == 0
    assert data["is_sound"]
    assert {one["as_encoded_again"] for one in data["weights"]["tensors"].values()} == {1.0}
    assert data["header"] == {"is_sound": True, "compared": data["header"]["compared"], "differences": []}
    changed = {"gemma3.rope.freq_base": None, "general.name": "another"}
    code, out, _ = run("verify", model, spoil(file, tmp_path / "spoilt.gguf", keys=changed), "--json")
    data = json.loads(out)
    assert code == 1
    assert not data["is_sound"]
    assert data["weights"]["is_sound"]
    assert not data["header"]["is_sound"]
    found = {one["key"]: one for one in data["header"]["differences"]}
    assert found["gemma3.rope.freq_base"]["in_file"] == "10000"
    assert found["gemma3.rope.freq_base"]["in_folder"] == "1000000"
    assert found["gemma3.rope.freq_base"]["harmless"] is None
    assert found["general.name"]["harmless"] == "it describes the model to people"


def test_an_adapter_counts(model, run, tmp_path):
    adapter, target = save_mlx_adapter(model, tmp_path / "adapter"), tmp_path / "tuned.gguf"
    assert run("convert", model, "--adapter", adapter, "--type", "bf16", "-o", target)[0] == 0
    assert run("verify", model, target, "--adapter", adapter)[0] == 0
    assert run("verify", model, target, "--adapter", f"{adapter}:0.5")[0] == 1
    code, out, _ = run("verify", model, target)
    assert code == 1
    assert "The file is not what MLX computes from the folder." in out


def test_what_cannot_be_read_is_one_line(model, run, tmp_path):
    (tmp_path / "no.gguf").write_text("no")
    code, out, err = run("verify", model, tmp_path / "no.gguf")
    assert (code, out) == (1, "no.gguf cannot be read: it is not a GGUF file.\n")
    assert "Traceback" not in err
    code, out, _ = run("verify", model, tmp_path / "no.gguf", "--json")
    assert code == 1
    assert json.loads(out)["header"] is None


def test_a_pre_tokenizer_that_the_folder_leaves_open_is_the_file_s(model, run, tmp_path):
    unknown, target = unknown_pre_tokenizer(model), tmp_path / "file.gguf"
    assert run("convert", unknown, "--pre-tokenizer", "qwen2", "-o", target)[0] == 0
    assert run("verify", unknown, target)[0] == 0
    code, _, err = run("verify", unknown, spoil(target, tmp_path / "spoilt.gguf", keys={"tokenizer.ggml.pre": "what"}))
    assert code == 1
    assert "what" in err


def test_another_pre_tokenizer_is_named(model, file, run, tmp_path):
    code, out, _ = run("verify", model, spoil(file, tmp_path / "spoilt.gguf", keys={"tokenizer.ggml.pre": "qwen2"}))
    assert code == 1
    assert "tokenizer.ggml.pre: qwen2 in the file, default by the folder." in out
