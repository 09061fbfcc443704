"""An adapter and its base give the file of the folder that mlx_lm.fuse makes of both, but for how that rounds."""

import json

import mlx.core as mx
import numpy as np
import pytest
from gguf.quants import dequantize

from app.core.adapter import read_adapter
from app.core.model.adapted import Applied
from tests.adapters import save_mlx_adapter
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.golden.fused_files import file_of
from tests.quick_reader import QuickReader

# mlx-lm has no DoRA for experts, and does not train what is packed
ALL, NO_DORA, LORA = ("lora", "dora", "full"), ("lora", "full"), ("lora",)
FAMILIES = {
    **dict.fromkeys(("llama", "qwen3", "gemma2", "phi3", "lfm2"), ALL),
    **dict.fromkeys(("qwen3_moe", "mixtral", "deepseek_v3", "qwen3_next"), NO_DORA),
    "gpt_oss": LORA,
}
FLOAT32, BFLOAT16 = 2e-6, 2.0**-7  # mlx-lm computes the change in float32, and for what is packed in bfloat16


def values_of(path):
    return {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in QuickReader(path).tensors}


def fused(base, adapter, folder):
    """What mlx_lm.fuse --dequantize saves, in float32 so that only its own rounding of the change is left."""
    from mlx.utils import tree_map, tree_unflatten
    from mlx_lm import utils
    from mlx_lm.tuner.utils import load_adapters

    model, config = utils.load_model(base)
    model.update(tree_map(lambda one: one.astype(mx.float32) if one.dtype == mx.bfloat16 else one, model.parameters()))
    load_adapters(model, str(adapter))
    model.update_modules(tree_unflatten([(n, m.fuse(True)) for n, m in model.named_modules() if hasattr(m, "fuse")]))
    utils.save_model(folder, model)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


CASES = [(name, method) for name, methods in FAMILIES.items() for method in methods]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_the_same_values_as_from_the_fused_folder(name, method, tmp_path):
    base = save_mlx(save_published(FamilyModel(name), tmp_path / "published"), tmp_path / "base")
    adapter = save_mlx_adapter(base, tmp_path / "adapter", method)
    ours = values_of(file_of(base, tmp_path / "ours.gguf", (Applied(read_adapter(adapter)),)).path)
    theirs = values_of(file_of(fused(base, adapter, tmp_path / "fused"), tmp_path / "theirs.gguf").path)
    plain = values_of(file_of(base, tmp_path / "plain.gguf").path)
    assert ours.keys() == theirs.keys()
    changed = [tensor for tensor in ours if not np.array_equal(ours[tensor], plain[tensor])]
    assert changed
    for tensor in ours:
        unit = BFLOAT16 if (name, "exps" in tensor) == ("gpt_oss", True) else FLOAT32
        bound = unit * max(1e-3, np.abs(theirs[tensor]).max())
        assert np.abs(ours[tensor] - theirs[tensor]).max() <= bound, tensor
