"""An adapter that cannot be added is refused in one sentence, and nothing is written."""

import json
import shutil
import struct
from typing import Any

import mlx.core as mx
import numpy as np
import pytest

from tests.adapters import save_mlx_adapter

FILE, CONFIG = "adapters.safetensors", "adapter_config.json"


@pytest.fixture(scope="module")
def sound(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("adapters") / "sound", keys=["self_attn.q_proj"])


@pytest.fixture
def adapter(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "tuned")


@pytest.fixture
def refused(run, tmp_path):
    """A function that wants a conversion to be refused: arguments → the one line that says why."""

    def refused(*arguments):
        before = set(tmp_path.rglob("*"))
        code, _, err = run("convert", *arguments, "--type", "f32", "-o", tmp_path / "x.gguf")
        assert code == 1
        assert set(tmp_path.rglob("*")) == before
        assert "Traceback" not in err
        return err

    return refused


def rewrite(folder, change):
    """Other tensors in the file: a function of name and array gives the name and the array to save."""
    file = folder / FILE
    arrays: Any = mx.load(str(file))
    mx.save_safetensors(str(file), dict(change(name, array) for name, array in arrays.items()))


def set_config(folder, **settings):
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, **settings}))


def test_factors_for_another_width(adapter, refused):
    rewrite(adapter, lambda name, one: (name, one[:32] if name.endswith("a") else one))
    assert "The adapter was trained for another model: its factors" in refused(adapter)


def test_names_that_match_nothing(adapter, refused):
    rewrite(adapter, lambda name, one: (f"other.{name}", one))
    assert "for layers that this model does not have" in refused(adapter)


def test_layers_that_the_model_does_not_have(adapter, refused):
    rewrite(adapter, lambda name, one: (name.replace("layers.1.", "layers.71."), one))
    assert "layers.71.self_attn.q_proj" in refused(adapter)


def test_fewer_layers_are_an_adapter_all_the_same(tied_folder, run, tmp_path):
    adapter = save_mlx_adapter(tied_folder, tmp_path / "one", keys=["self_attn.q_proj"], layers=1)
    code, _, err = run("convert", adapter, "--type", "f32", "-o", tmp_path / "x.gguf")
    assert (code, err) == (0, "")


def test_factors_of_different_ranks(adapter, refused):
    rewrite(adapter, lambda name, one: (name, one[:2] if name.endswith("b") else one))
    assert "have no rank in common" in refused(adapter)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers(adapter, refused, value):
    rewrite(adapter, lambda name, one: (name, one.at[1, 1].add(value) if name.endswith("a") else one))
    assert "holds values that are not numbers" in refused(adapter)


def test_a_truncated_file(adapter, refused):
    file = adapter / FILE
    file.write_bytes(file.read_bytes()[:-1])
    assert f"{FILE} cannot be used" in refused(adapter)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[" * 100_000,
        b'{"x.lora_a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}',
        b'{"x.lora_a":{"dtype":"F32","shape":[1,4],"data_offsets":[0,99999999]}}',
        b'{"x.lora_a":{"dtype":"U32","shape":[1,1],"data_offsets":[0,4]}}',
        b"{}",
    ],
)
def test_hostile_headers(adapter, refused, header):
    (adapter / FILE).write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    assert refused(adapter)


def test_a_header_that_claims_to_be_huge(adapter, refused):
    (adapter / FILE).write_bytes(struct.pack("<Q", 1 << 62) + b"{}")
    assert f"{FILE} cannot be used" in refused(adapter)


def test_no_settings(adapter, tied_folder, refused):
    (adapter / CONFIG).unlink()
    assert f"{CONFIG} is missing" in refused(tied_folder, "--adapter", adapter)


@pytest.mark.parametrize(
    "base", ["", None, 5, "somebody/else", "/no/such/folder", "~nobody-at-all/x", "a\0b", "../" * 500]
)
def test_no_base(adapter, refused, base):
    set_config(adapter, model=base)
    err = refused(adapter)
    assert "trained on" in err
    assert "Get that model" in err


def test_no_scale(adapter, refused):
    set_config(adapter, lora_parameters={"rank": 4})
    assert "neither scale nor alpha" in refused(adapter)


def test_a_scale_of_zero_is_allowed_and_said(adapter, tied_folder, run, tmp_path):
    set_config(adapter, lora_parameters={"rank": 4, "scale": 0.0})
    for name, extra in (("zero", ["--adapter", adapter]), ("base", [])):
        code, out, _ = run("convert", tied_folder, *extra, "--name", "x", "--type", "f32", "-o", tmp_path / name)
        assert code == 0
        assert ("counts zero times" in out) == (name == "zero")
    _, out, _ = run("inspect", tied_folder, "--adapter", adapter, "--json")
    assert "adapter-counts-zero-times" in {one["code"] for one in json.loads(out)["findings"]}
    assert (tmp_path / "zero").read_bytes() == (tmp_path / "base").read_bytes()


PEFT = {"r": 4, "lora_alpha": 8, "peft_type": "LORA"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"layer_replication": [[0, 1], [0, 2]]}, "layer_replication"),
        ({"lora_bias": True}, "lora_bias"),
        ({"trainable_token_indices": [1]}, "trainable_token_indices"),
        ({"init_lora_weights": "pissa_niter_4"}, "init_lora_weights"),
        ({"peft_type": "VERA"}, "no LoRA but 'VERA'"),
        ({"alpha_pattern": {"(a+)+$": 1}}, "alpha_pattern"),
        ({"lora_alpha": None}, "lora_alpha"),
    ],
)
def test_what_peft_has_and_cannot_be_added(tied_folder, refused, tmp_path, settings, said):
    folder = tmp_path / "peft"
    folder.mkdir()
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
    arrays = {name.format(one): mx.ones((4, 4)) for one in "AB"}
    mx.save_safetensors(str(folder / "adapter_model.safetensors"), arrays)
    (folder / CONFIG).write_text(json.dumps({**PEFT, **settings}))
    assert said in refused(tied_folder, "--adapter", folder)
