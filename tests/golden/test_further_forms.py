"""Forms that no publisher and no mlx-lm of today saves, but that mlx-lm or mlx-vlm's folders have: the same file."""

import re

import mlx.core as mx
import pytest

from tests.golden.convert_folder import convert_folder
from tests.golden.digest import digest_gguf
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.golden.mixtures import as_mlx_loads, loaded, rewritten
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer


def in_one(arrays, owner):
    """Gate and up in one matrix, packed or not: their rows below each other."""
    found = {}
    for name, array in arrays.items():
        if f"{owner}.gate_proj." in name:
            up = arrays[name.replace("gate_proj", "up_proj")]
            found[name.replace("gate_proj", "gate_up_proj")] = mx.concatenate([array, up], axis=-2)
        elif f"{owner}.up_proj." not in name:
            found[name] = array
    assert len(found) < len(arrays)
    return found


def one_each(arrays, owner, stack):
    """Every matrix of a stack by itself, under mlx-lm's name."""
    found: dict[str, mx.array] = {}
    for name, array in arrays.items():
        if f"{owner}.{stack}." in name:
            at, projection = name.split(f"{owner}.{stack}.")
            found |= {f"{at}{owner}.experts.{number}.{projection}": one for number, one in enumerate(array)}
        else:
            found[name] = array
    assert len(found) > len(arrays)
    return found


def renamed(arrays, pattern, replacement):
    found = {re.sub(pattern, replacement, name): array for name, array in arrays.items()}
    assert found.keys() != arrays.keys()
    return found


# By a tiny model: what is done to the folder that mlx-lm saves, and whether mlx-lm itself reads that
CASES = {
    "experts of MiniMax M3 in one": ("minimax_m3_vl", lambda found: in_one(found, "switch_mlp"), True),
    "shared experts of MiniMax M3 in one": ("minimax_m3_vl", lambda found: in_one(found, "shared_experts"), True),
    "dense layers of MiniMax M3": (
        "minimax_m3_vl",
        lambda found: renamed(found, r"\.mlp\.", ".block_sparse_moe."),
        True,
    ),
    "experts of Laguna in one": ("laguna", lambda found: in_one(found, "switch_mlp"), False),
    "experts of Qwen 3.5 in one": ("qwen3_5_moe", lambda found: in_one(found, "switch_mlp"), False),
    "experts of Mistral 4 one each": ("mistral4", lambda found: one_each(found, "mlp", "switch_mlp"), True),
}


@pytest.mark.parametrize("quantize", [None, {"group_size": 32, "bits": 4}], ids=["plain", "packed"])
@pytest.mark.parametrize("case", CASES)
def test_a_further_form_becomes_the_same_file(case, quantize, tmp_path):
    name, change, is_read = CASES[case]
    published = save_published(FamilyModel(name), tmp_path / "published")
    saved = with_tokenizer(save_mlx(published, tmp_path / "saved", quantize))
    folder = rewritten(saved, tmp_path / "other", change(loaded(saved)))
    assert tensors_of(folder) == tensors_of(saved)
    if is_read:
        assert as_mlx_loads(folder) == as_mlx_loads(saved)


def test_experts_of_lfm2_one_each_under_mlx_lms_names(tmp_path):
    """As mlx-lm's models/lfm2_moe.py has renamed them before it stacks them; what is packed it does not stack."""
    published = save_published(FamilyModel("lfm2_moe"), tmp_path / "published")
    saved = with_tokenizer(save_mlx(published, tmp_path / "saved"))
    folder = rewritten(saved, tmp_path / "other", one_each(loaded(saved), "feed_forward", "switch_mlp"))
    assert tensors_of(folder) == tensors_of(saved)
    assert as_mlx_loads(folder) == as_mlx_loads(saved)


def tensors_of(folder):
    target = folder.with_name(f"{folder.name}-files")
    target.mkdir()
    return [digest_gguf(QuickReader(file))["tensors"] for file in convert_folder(folder, ["f32", "auto"], target)]
