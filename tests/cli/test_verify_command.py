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
    assert "Checked: the settings are those of the folder." in out
    assert "nothing differs" in out
    assert "the mean KLD is" in out
    assert out.splitlines()[-1].startswith("Answers: ")


def test_another_setting_is_named_and_fails(model, file, run, tmp_path):
    key = "gemma3.rope.freq_base"
    code, out, err = run("verify", model, spoil(file, tmp_path / "spoilt.gguf", keys={key: 1234.5}))
    assert code == 1
    assert f"{key}: 1234.5 in the file, 1000000 by the folder." in out
    assert err == "mlx-ferry: The file did not pass the check: Broken.\n"


def test_json_has_weights_and_header(model, file, run, tmp_path):
    code, out, _ = run("verify", model, file, "--quick", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["is_good"]
    assert {one["as_encoded_again"] for one in data["weights"]["tensors"].values()} == {1.0}
    assert data["settings"] == {"is_sound": True, "compared": data["settings"]["compared"], "differences": []}
    changed = {"gemma3.rope.freq_base": None, "general.name": "another"}
    code, out, _ = run("verify", model, spoil(file, tmp_path / "spoilt.gguf", keys=changed), "--json")
    data = json.loads(out)
    assert code == 1
    assert data["verdict"] == "broken"
    assert data["weights"]["is_sound"]
    assert not data["settings"]["is_sound"]
    found = {one["key"]: one for one in data["settings"]["differences"]}
    assert found["gemma3.rope.freq_base"]["in_file"] == "10000"
    assert found["gemma3.rope.freq_base"]["in_folder"] == "1000000"
    assert found["gemma3.rope.freq_base"]["harmless"] is None
    assert found["general.name"]["harmless"] == "it describes the model to people"


def test_an_adapter_counts(model, run, tmp_path):
    adapter, target = save_mlx_adapter(model, tmp_path / "adapter"), tmp_path / "tuned.gguf"
    assert run("convert", model, "--adapter", adapter, "--type", "bf16", "-o", target)[0] == 0
    assert run("verify", model, target, "--quick", "--adapter", adapter)[0] == 0
    assert run("verify", model, target, "--adapter", f"{adapter}:0.5")[0] == 1
    code, out, _ = run("verify", model, target)
    assert code == 1
    assert "The file is not what MLX computes from the folder." in out


def test_what_cannot_be_read_is_one_line(model, run, tmp_path):
    (tmp_path / "no.gguf").write_text("no")
    code, out, err = run("verify", model, tmp_path / "no.gguf")
    assert code == 1
    assert "Weights: no.gguf cannot be read: it is not a GGUF file." in out
    assert "Traceback" not in err
    code, out, _ = run("verify", model, tmp_path / "no.gguf", "--json")
    assert code == 1
    assert json.loads(out)["settings"] is None


def test_a_pre_tokenizer_that_the_folder_leaves_open_is_the_file_s(model, run, tmp_path):
    unknown, target = unknown_pre_tokenizer(model), tmp_path / "file.gguf"
    assert run("convert", unknown, "--pre-tokenizer", "qwen2", "-o", target)[0] == 0
    code, out, _ = run("verify", unknown, target)
    assert "Checked: the settings are those of the folder." in out
    assert code == 1  # the tokenizer splits in another way, which is why it was not known
    code, _, err = run("verify", unknown, spoil(target, tmp_path / "spoilt.gguf", keys={"tokenizer.ggml.pre": "what"}))
    assert code == 1
    assert "what" in err


def test_another_pre_tokenizer_is_named(model, file, run, tmp_path):
    code, out, _ = run("verify", model, spoil(file, tmp_path / "spoilt.gguf", keys={"tokenizer.ggml.pre": "qwen2"}))
    assert code == 1
    assert "tokenizer.ggml.pre: qwen2 in the file, default by the folder." in out


def test_a_quick_check_computes_nothing(model, file, run):
    code, out, _ = run("verify", model, file, "--quick")
    assert code == 0
    assert "Next-token distributions: Not done. Nobody asked for it." in out


@pytest.mark.parametrize(("suffix", "said"), [(".html", "<!DOCTYPE html>"), (".json", '"verdict"'), (".md", "- **")])
def test_a_report_is_written_by_its_name(suffix, said, model, file, run, tmp_path):
    report = tmp_path / f"report{suffix}"
    assert run("verify", model, file, "--quick", "--report", report)[0] == 0
    assert said in report.read_text(encoding="utf-8")
    code, _, err = run("verify", model, file, "--quick", "--report", report)
    assert code == 1
    assert "exists" in err


def test_a_text_of_one_s_own_is_read(model, file, run, tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("A text of one's own, about nothing in particular.\n" * 3, encoding="utf-8")
    code, out, _ = run("verify", model, file, "--text", own, "--json")
    assert code == 0
    assert [one["name"] for one in json.loads(out)["distributions"]["passages"]] == ["own.txt, part 1"]
    code, _, err = run("verify", model, file, "--text", tmp_path / "missing.txt")
    assert code == 1
    assert "missing.txt cannot be read" in err
