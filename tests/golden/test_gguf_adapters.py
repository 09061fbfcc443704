"""The two factors in an adapter's file multiply to what fusing adds, and are those of llama.cpp's own script."""

import json
from pathlib import Path

import numpy as np
import pytest
from gguf.quants import dequantize

from app.core.convert import convert, prepare_adapter, write_adapter
from tests.adapter_files import STRENGTH, fine_tune, only, written
from tests.golden.adapter_digest import adapter_digest
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.golden.peft_form import save_mlx_form, save_peft
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

# Rows and columns that move, fused and split projections, factors on rows, experts in every form
FAMILIES = (
    *("llama", "phi3", "lfm2", "gpt2", "gpt_neox", "internlm2", "falcon_h1", "talkie", "plamo2", "minicpm"),
    *("qwen3_next", "qwen3_5_moe", "mixtral", "gpt_oss", "granitemoe", "dbrx", "gemma4_text-moe", "llama4"),
)
GOLDENS = json.loads(Path(__file__).with_name("gguf_adapters.json").read_text(encoding="utf-8"))
ROUNDING = 2e-6  # of float32, several times


def values_of(path):
    return {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in QuickReader(path).tensors}


def multipliers(base, tensor):
    """Talkie's gain of attention, and those of Gemma 4's experts; Talkie's other gain multiplies both."""
    name = tensor.removesuffix(".weight")
    if not name.endswith(("attn_output", "exps")) or f"{name}.scale" not in base:
        return np.ones(1)
    scale = base[f"{name}.scale"]
    return scale.reshape(-1, 1, 1) if base[tensor].ndim == 3 else scale


@pytest.mark.parametrize("name", FAMILIES)
def test_the_product_is_what_fusing_adds(name, tmp_path):
    tuned = fine_tune(name, tmp_path)
    plan = tuned.adapter_plan()
    factors = values_of(written(only(plan, plan.pairs), tmp_path / "adapter.gguf"))
    fused = values_of(convert(tuned.plan, tmp_path / "fused.gguf").path)
    base = values_of(tuned.base_file(tmp_path / "base.gguf"))
    changed = {tensor for tensor in fused if not np.array_equal(fused[tensor], base[tensor])}
    assert changed
    assert {f"{tensor}.lora_{half}" for tensor in changed for half in "ab"} == factors.keys()
    for tensor in changed:
        a, b = (factors[f"{tensor}.lora_{half}"].astype(np.float64) for half in "ab")
        change = STRENGTH * np.matmul(b, a).reshape(fused[tensor].shape)
        expected = fused[tensor].astype(np.float64) - base[tensor]
        # llama.cpp multiplies what the base gives, and adds what an adapter gives after that
        expected *= multipliers(base, tensor)
        bound = (
            ROUNDING * np.max(multipliers(base, tensor)) * max(np.abs(fused[tensor]).max(), np.abs(base[tensor]).max())
        )
        assert np.abs(change - expected).max() <= bound, tensor


@pytest.mark.parametrize("name", GOLDENS)
def test_the_factors_are_those_of_convert_lora_to_gguf(name, tmp_path):
    model = FamilyModel(name)
    published = with_tokenizer(save_published(model, tmp_path / "published"))
    plan = prepare_adapter(save_peft(model, tmp_path / "peft"), published)
    assert adapter_digest(write_adapter(plan, tmp_path / "peft.gguf").path) == GOLDENS[name]


@pytest.mark.parametrize("name", ["llama", "phi3", "granite"])
def test_the_same_adapter_in_the_form_of_mlx_gives_the_same_factors(name, tmp_path):
    model = FamilyModel(name)
    base = save_mlx(save_published(model, tmp_path / "published"), tmp_path / "base")
    plan = prepare_adapter(save_mlx_form(model, tmp_path / "adapter"), with_tokenizer(base))
    assert adapter_digest(write_adapter(plan, tmp_path / "adapter.gguf").path) == GOLDENS[name]
