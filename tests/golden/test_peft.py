"""Adapters of the peft library: the values that the library makes, and the file of the same weights trained by MLX."""

import numpy as np
import pytest

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.floats import widened
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.factors import FactorReader
from app.core.weights.updates import updated
from tests.golden.family_models import save_mlx, save_published
from tests.golden.fused_files import file_of
from tests.golden.peft_adapters import PREFIX, PeftCase, cases, config_of_mlx, linear_in_mlx, saved
from tests.golden.peft_values import sampled
from tests.quick_reader import QuickReader

TURNED_ROWS = {"turned dora"}  # lengths of what are columns as published
NOT_PUBLISHED = {"experts in turn"}  # MXFP4 as published, which this program leaves to llama.cpp's converter


def bytes_of(folder, target, adapter):
    file = file_of(folder, target, (Applied(read_adapter(adapter)),))
    return {tensor.name: tensor.data.tobytes() for tensor in QuickReader(file.path).tensors}


def stored_values(stored):
    """float32 values of a tensor of the folder, or of one that an adapter has in its place."""
    raw = np.fromfile(stored.file.path, np.uint8, stored.byte_count, offset=stored.offset)
    return widened(raw, stored.dtype)


def both_bases(case, tmp_path):
    published = save_published(case.model, tmp_path / "published")
    return published, save_mlx(published, tmp_path / "mlx")


@pytest.mark.parametrize("name", [one for one in cases() if one not in {*TURNED_ROWS, *NOT_PUBLISHED}])
def test_the_values_that_the_library_makes(name, tmp_path):
    case = PeftCase(name)
    base = save_published(case.model, tmp_path / "published")
    adapter = read_adapter(case.save(tmp_path / "adapter", base))
    model = identify(open_checkpoint(base), (Applied(adapter),))
    assert not model.adapter_findings
    by_name = {tensor.name: tensor for tensor in model.checkpoint.tensors}
    touched = {tensor.name for tensor in by_name.values() if tensor.updates}
    assert touched <= {merged.removeprefix("transformer.") for merged in case.data["merged"]}
    files = {file for tensor in by_name.values() for file in tensor.files}
    with WeightReader(files) as reader:
        for merged, wanted in case.data["merged"].items():
            tensor = by_name[merged.removeprefix("transformer.")]
            values = stored_values(tensor.stored).reshape(-1, tensor.shape[-1])
            values = updated(values, tensor, ((0, len(values)),), FactorReader(reader)).reshape(-1)[
                sampled(tensor.shape)
            ]
            np.testing.assert_allclose(values, wanted, rtol=2e-6, atol=2e-6, err_msg=merged)


@pytest.mark.parametrize("name", [one for one in cases() if one not in {*TURNED_ROWS, *NOT_PUBLISHED}])
def test_the_same_file_from_both_bases(name, tmp_path):
    case = PeftCase(name)
    published, mlx = both_bases(case, tmp_path)
    adapter = case.save(tmp_path / "adapter", published)
    assert bytes_of(mlx, tmp_path / "mlx.gguf", adapter) == bytes_of(published, tmp_path / "published.gguf", adapter)


@pytest.mark.parametrize("name", ["lora", "dora", "turned", "fused", "turned dora"])
def test_the_same_file_as_of_the_same_weights_trained_by_mlx(name, tmp_path):
    case = PeftCase(name)
    published, mlx = both_bases(case, tmp_path)
    prefix = "model." if "turned" in name else ""
    tensors, config = linear_in_mlx(case.tensors(), 2.0, mlx, prefix)
    tensors = {one.replace("model.transformer.", "model."): array for one, array in tensors.items()}
    ours = saved(tmp_path / "of-mlx", "adapters.safetensors", tensors, config)
    theirs = case.save(tmp_path / "of-peft", mlx)
    wanted = bytes_of(mlx, tmp_path / "mlx.gguf", theirs)
    assert bytes_of(mlx, tmp_path / "ours.gguf", ours) == wanted
    if name not in TURNED_ROWS:
        assert bytes_of(published, tmp_path / "published.gguf", ours) == wanted


def stacks(case, place, in_turn):
    """The experts of PEFT as mlx-lm trains them: (experts, rank, inputs) and (experts, outputs, rank)."""
    found: dict[str, np.ndarray] = {}
    tensors = case.tensors()
    for name in {one.rpartition(".lora_")[0] for one in tensors}:
        a, b = tensors[f"{name}.lora_A.weight"], tensors[f"{name}.lora_B.weight"]
        module = name.removeprefix(PREFIX).replace(".base_layer", "")
        if not module.endswith(".experts"):
            found |= {f"{module}.lora_a": a.T, f"{module}.lora_b": b.T}
            continue
        a, b = a.reshape(-1, 4, a.shape[1]), b.reshape(len(b), 4, -1).transpose(2, 0, 1)
        at = module.replace("mlp.experts", place)
        if ".base_layer" in name:  # the first parameter is wrapped first
            half = b.shape[1] // 2
            halves = (b[:, ::2], b[:, 1::2]) if in_turn else (b[:, :half], b[:, half:])
            found |= {f"{at}.{part}.lora_a": a for part in ("gate_proj", "up_proj")}
            found |= {f"{at}.{part}.lora_b": one for part, one in zip(("gate_proj", "up_proj"), halves, strict=True)}
        else:
            found |= {f"{at}.down_proj.lora_a": a, f"{at}.down_proj.lora_b": b}
    return found


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("experts", "mlp.switch_mlp"),
        ("mixture", "block_sparse_moe.switch_mlp"),
        ("experts in turn", "mlp.experts"),
    ],
)
def test_the_same_file_as_of_experts_trained_by_mlx(name, place, tmp_path):
    case = PeftCase(name)
    mlx = both_bases(case, tmp_path)[1]
    tensors = stacks(case, place, in_turn=name == "experts in turn")
    ours = saved(tmp_path / "of-mlx", "adapters.safetensors", tensors, config_of_mlx(2.0, mlx))
    theirs = case.save(tmp_path / "of-peft", mlx)
    assert bytes_of(mlx, tmp_path / "mlx.gguf", theirs) == bytes_of(mlx, tmp_path / "ours.gguf", ours)


def test_lengths_of_columns_are_refused(tmp_path):
    case = PeftCase("turned dora")
    base = save_published(case.model, tmp_path / "published")
    model = identify(open_checkpoint(base), (Applied(read_adapter(case.save(tmp_path / "adapter", base))),))
    assert [finding.code for finding in model.adapter_findings] == ["adapter-of-another-form"]
