"""Files that are spoilt on purpose predict something else: by at least ten times what their types explain."""

from pathlib import Path

import numpy as np
import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.results.verdict import NOISE, explained
from app.core.verify.weights.weight_proof import prove_weights
from tests.core.verify.spoil import on_bytes, on_values, read_keys, read_tensors, spoil
from tests.engines.ask import Table, mean_divergence
from tests.engines.family_question import PROMPT
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

HEAD, EMBEDDING = "output.weight", "token_embd.weight"
LAYERS = {"blk.0.ffn_up.weight": "blk.1.ffn_up.weight", "blk.1.ffn_up.weight": "blk.0.ffn_up.weight"}
LLAMA3 = {
    **{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0},
    **{"high_freq_factor": 4.0, "original_max_position_embeddings": 64},
}


@pytest.fixture(scope="module")
def model_of(engines, tmp_path_factory):
    """A function: name, changes of config.json → folder's predictions, sound file, what its types explain."""
    root = tmp_path_factory.mktemp("spoilt")
    made: dict[str, tuple[Table, Path, float]] = {}

    def model(name, **changes):
        key = f"{name}{sorted(changes)}"
        if key not in made:
            how = FamilyModel(name)
            place = root / f"{len(made)}"
            published = save_published(how, place / "published", {**how.engines.get("set", {}), **changes})
            folder = with_tokenizer(save_mlx(published, place / "model"))
            plan = prepare(identify(open_checkpoint(folder))).plan(PlanOptions(OutputType.BF16))
            file = convert(plan, place / "file.gguf").path
            llama_cpp, mlx = engines
            truth = mlx.table(folder, PROMPT)
            assert mean_divergence(truth, llama_cpp.table(file, PROMPT)) < NOISE
            made[key] = truth, file, explained(prove_weights(plan, file))
        return made[key]

    return model


def all_norms(file):
    return [name for name in read_tensors(file) if name.endswith("norm.weight")]


def in_turns(values, heads):
    """Rows as the folder has them, which llama.cpp wants in another order: conversion/llama.py, permute."""
    rows = values.reshape(heads, values.shape[0] // heads // 2, 2, *values.shape[1:])
    return np.ascontiguousarray(rows.swapaxes(1, 2)).reshape(values.shape)


def without_one(file):
    return {"tensors": dict.fromkeys(all_norms(file), on_values(lambda values: values - 1))}


def with_two(file):
    return {"tensors": dict.fromkeys(all_norms(file), on_values(lambda values: values + 1))}


def not_permuted(file):
    heads = read_keys(file)["llama.attention.head_count"]
    names = [f"blk.{layer}.attn_q.weight" for layer in range(read_keys(file)["llama.block_count"])]
    return {"tensors": dict.fromkeys(names, on_values(lambda values: in_turns(values, heads)))}


def tied_by_force(_):
    return {"instead": {HEAD: EMBEDDING}}


def ends_exchanged(_):
    return {"instead": {HEAD: EMBEDDING, EMBEDDING: HEAD}}


def other_base(_):
    return {"keys": {"llama.rope.freq_base": 10.0}}


def no_factors(_):
    return {"tensors": {"rope_freqs.weight": None}}


def layers_exchanged(_):
    return {"instead": LAYERS}


def experts_exchanged(file):
    count = read_keys(file)["qwen3moe.expert_count"]

    def swap(raw):
        experts = raw.reshape(count, -1)
        experts[:] = experts[::-1].copy()

    names = [f"blk.{layer}.ffn_{part}_exps.weight" for layer in range(2) for part in ("gate", "up", "down")]
    return {"tensors": dict.fromkeys(names, on_bytes(swap))}


@pytest.mark.parametrize(
    ("name", "changes", "fault"),
    [
        ("gemma", {}, without_one),
        ("gemma", {}, with_two),
        ("llama", {}, not_permuted),
        ("llama", {}, tied_by_force),
        ("llama", {}, ends_exchanged),
        ("llama", {}, other_base),
        ("llama", {"rope_scaling": LLAMA3}, no_factors),
        ("llama", {}, layers_exchanged),
        ("qwen3_moe", {}, experts_exchanged),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_fault_predicts_something_else(name, changes, fault, engines, model_of, tmp_path):
    truth, file, limit = model_of(name, **changes)
    llama_cpp, _ = engines
    spoilt = spoil(file, tmp_path / "spoilt.gguf", **fault(file))
    assert mean_divergence(truth, llama_cpp.table(spoilt, PROMPT)) > 10 * limit
