"""An adapter's own file: what it holds, that it is whole or not there, and when it is refused."""

import json

import mlx.core as mx
import numpy as np
import pytest

from app.core.convert import prepare_adapter, write_adapter
from app.core.errors import CheckpointError, ConversionError, PlanError, TargetError
from app.core.ggml_types import T
from tests.adapters import RANK, SCALE, save_mlx_adapter
from tests.golden.family_models import loaded
from tests.quick_reader import QuickReader


@pytest.fixture(scope="module")
def adapter(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("adapters") / "tuned")


def changed(adapter, folder, change, **config):
    """A copy of an adapter with other arrays and settings."""
    arrays = loaded(adapter / "adapters.safetensors")
    folder.mkdir()
    mx.save_safetensors(str(folder / "adapters.safetensors"), change(arrays))
    settings = json.loads((adapter / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**settings, **config}))
    return folder


def keys_of(path):
    return {name: field.contents() for name, field in QuickReader(path).fields.items() if not name.startswith("GGUF.")}


def tensors_of(path):
    return {tensor.name: tensor for tensor in QuickReader(path).tensors}


def codes(plan):
    return [finding.code for finding in plan.blockers]


def test_its_keys_are_those_that_llama_cpp_reads(adapter, tied_folder, tmp_path):
    plan = prepare_adapter(adapter)  # the base is found
    written = write_adapter(plan, tmp_path / "adapter.gguf")
    assert written.path.stat().st_size == plan.byte_count == written.byte_count
    keys = keys_of(written.path)
    assert (keys["general.type"], keys["adapter.type"], keys["adapter.lora.alpha"]) == ("adapter", "lora", 0.0)
    assert (keys["general.architecture"], keys["general.base_model.0.name"]) == ("gemma3", tied_folder.name)
    assert not any(name.startswith(("tokenizer.", "gemma3.")) for name in keys)


def test_factors_are_transposed_and_the_second_has_the_scale(adapter, tied_folder, tmp_path):
    tensors = tensors_of(write_adapter(prepare_adapter(adapter), tmp_path / "adapter.gguf").path)
    arrays = loaded(adapter / "adapters.safetensors")
    name = "model.layers.0.mlp.down_proj.lora_"
    a, b = (np.array(arrays[name + half]) for half in "ab")
    assert np.array_equal(tensors["blk.0.ffn_down.weight.lora_a"].data, a.T)
    assert np.array_equal(tensors["blk.0.ffn_down.weight.lora_b"].data, (b.T * SCALE).astype(np.float32))


def test_the_bits_of_the_base_do_not_count(adapter, quantized_folder, tmp_path):
    plain, packed = prepare_adapter(adapter), prepare_adapter(adapter, quantized_folder)
    files = [write_adapter(plan, tmp_path / str(number)).path for number, plan in enumerate((plain, packed))]
    first, second = map(tensors_of, files)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name].data, second[name].data) for name in first)


def test_ranks_and_scales_of_their_own(adapter, tmp_path):
    module = "model.layers.0.mlp.up_proj"

    def smaller(arrays):
        return {
            name: (array[:, :1] if name.endswith("a") else array[:1]) if name.startswith(module) else array
            for name, array in arrays.items()
        }

    own = changed(adapter, tmp_path / "own", smaller, unsloth_mlx_lora_module_scales={module: 0.5})
    path = write_adapter(prepare_adapter(own), tmp_path / "adapter.gguf").path
    assert keys_of(path)["adapter.lora.alpha"] == 0.0
    tensors, arrays = tensors_of(path), loaded(own / "adapters.safetensors")
    assert tensors["blk.0.ffn_up.weight.lora_b"].data.shape[1] == 1
    assert tensors["blk.0.ffn_down.weight.lora_b"].data.shape[1] == RANK
    expected = np.array(arrays[f"{module}.lora_b"]).T * np.float32(0.5)
    assert np.array_equal(tensors["blk.0.ffn_up.weight.lora_b"].data, expected)


@pytest.mark.parametrize("kind", [T.F32, T.F16, T.BF16])
def test_the_same_bytes_every_time(kind, adapter, tmp_path):
    files = [write_adapter(prepare_adapter(adapter, kind=kind), tmp_path / name).path for name in ("one", "other")]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert {tensor.tensor_type for tensor in QuickReader(files[0]).tensors} == {kind}


def test_a_file_that_is_there_stays(adapter, tmp_path):
    target = tmp_path / "adapter.gguf"
    target.write_text("mine")
    with pytest.raises(TargetError):
        write_adapter(prepare_adapter(adapter), target)
    assert target.read_text() == "mine"
    write_adapter(prepare_adapter(adapter), target, overwrite=True)
    assert target.read_bytes()[:4] == b"GGUF"


def test_neither_folder_is_written_into(adapter, tied_folder):
    for folder in (adapter, tied_folder):
        with pytest.raises(TargetError, match="is in the model folder"):
            write_adapter(prepare_adapter(adapter), folder / "adapter.gguf")


@pytest.mark.parametrize(("value", "kind"), [(float("nan"), T.F32), (1e6, T.F16), (3e38, T.F32)])
def test_values_that_no_file_may_hold(value, kind, adapter, tmp_path):
    def spoiled(arrays):
        return {n: mx.full(a.shape, value) if n.endswith("q_proj.lora_b") else a for n, a in arrays.items()}

    plan = prepare_adapter(changed(adapter, tmp_path / "spoiled", spoiled), kind=kind)
    with pytest.raises(ConversionError):
        write_adapter(plan, tmp_path / "adapter.gguf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spoiled"]


@pytest.mark.parametrize(("method", "code"), [("dora", "adapter-is-not-low-rank"), ("full", "adapter-is-full")])
def test_what_is_no_lora_is_refused(method, code, tied_folder, tmp_path):
    plan = prepare_adapter(save_mlx_adapter(tied_folder, tmp_path / "adapter", method))
    assert codes(plan) == [code]
    assert "together with its adapter" in plan.blockers[0].advice
    with pytest.raises(PlanError):
        write_adapter(plan, tmp_path / "adapter.gguf")
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_the_embedding_of_a_tied_model_is_refused(tied_folder, tmp_path):
    plan = prepare_adapter(save_mlx_adapter(tied_folder, tmp_path / "adapter", keys=["model.embed_tokens"]))
    assert codes(plan) == ["adapter-of-tied-embedding"]


def test_an_adapter_for_other_layers_is_refused(adapter, tmp_path):
    def renamed(arrays):
        return {name.replace("layers.0.", "layers.70."): array for name, array in arrays.items()}

    plan = prepare_adapter(changed(adapter, tmp_path / "other", renamed))
    assert codes(plan) == ["adapter-of-other-layers"]


def test_a_base_that_is_not_there_is_named(adapter, tied_folder, tmp_path):
    lost = changed(adapter, tmp_path / "lost", dict, model="somebody/a-model")
    with pytest.raises(CheckpointError, match="somebody/a-model"):
        prepare_adapter(lost)
    assert not prepare_adapter(lost, tied_folder).blockers
