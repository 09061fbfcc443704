"""Every value of a file is what MLX computes, as far as its type can hold it; whatever was spoilt is found."""

import shutil

import numpy as np
import pytest
from gguf import GGUFReader

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert
from app.core.convert import prepare as read
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.weights.weight_proof import prove_weights
from tests.adapters import save_mlx_adapter
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.golden.mix_models import save_case
from tests.tiny_checkpoints import with_tokenizer

# Between them they have every change of ops.py: rows, padding, columns, transpositions, norms + 1, scales, −exp, stacks
FAMILIES = (
    "llama",
    "gemma2",
    "qwen3_5_moe",
    "deepseek_v3",
    "falcon_h1",
    "mamba",
    "gpt_oss",
    "minicpm",
    "phi3",
    "plamo2",
)
TYPES = [kind for kind in OutputType if kind not in (OutputType.AUTO, OutputType.LOSSLESS)]


def plan_of(folder, kind, adapters=()):
    return read(identify(open_checkpoint(folder), adapters)).plan(PlanOptions(kind))


def problems(proof):
    return {one.name: one.problem for one in proof.tensors if one.problem}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    root = tmp_path_factory.mktemp("families")

    def folder(name, quantize=None):
        place = root / f"{name}-{quantize['bits'] if quantize else 16}"
        if not place.exists():
            published = save_published(FamilyModel(name), place.with_name(place.name + "-published"))
            with_tokenizer(save_mlx(published, place, quantize))
        return place

    return folder


@pytest.mark.parametrize("bits", [None, 4, 6])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_change_and_packing_is_proven(name, bits, folder_of, tmp_path):
    quantize = bits and {"group_size": 32, "bits": bits}
    for kind in (OutputType.F32, OutputType.Q8_0, OutputType.AUTO):
        plan = plan_of(folder_of(name, quantize), kind)
        proof = prove_weights(plan, convert(plan, tmp_path / f"{kind}.gguf").path)
        assert problems(proof) == {}
        assert proof.is_sound


@pytest.fixture(scope="module")
def mixes(tmp_path_factory):
    """A file of every type, of one model with rows that all types fit."""
    root = tmp_path_factory.mktemp("mixes")
    folder = save_case("dense", root / "dense")
    plans = {kind: plan_of(folder, kind) for kind in TYPES}
    return {kind: (plan, convert(plan, root / f"{kind}.gguf").path) for kind, plan in plans.items() if plan.can_convert}


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_within_its_bounds(kind, mixes):
    proof = prove_weights(*mixes[kind])
    assert problems(proof) == {}
    assert all(one.relative < 1 for one in proof.tensors)


def spoilt(path, target, name, change):
    """A copy of a file in which one tensor's bytes are changed."""
    shutil.copy(path, target)
    (tensor,) = (one for one in GGUFReader(path).tensors if one.name == name)
    with target.open("r+b") as file:
        file.seek(int(tensor.data_offset))
        raw = np.frombuffer(bytearray(file.read(int(tensor.n_bytes))), np.uint8)
        file.seek(int(tensor.data_offset))
        file.write(change(raw).tobytes())
    return target


def flip(raw):
    raw[raw.size // 2 + 3] ^= 1  # the least that can happen
    return raw


def zero(raw):
    raw[raw.size // 2 :][:256] = 0
    return raw


@pytest.mark.parametrize("change", [flip, zero])
@pytest.mark.parametrize("kind", [OutputType.BF16, OutputType.F16, OutputType.Q8_0, OutputType.Q4_K_M, OutputType.Q2_K])
def test_a_flipped_bit_and_a_block_of_zeros_are_found(kind, change, mixes, tmp_path):
    plan, path = mixes[kind]
    name = "blk.3.ffn_down.weight"
    proof = prove_weights(plan, spoilt(path, tmp_path / "spoilt.gguf", name, change))
    assert list(problems(proof)) == [name]
    assert not proof.is_sound
    assert "row" in problems(proof)[name]


def test_two_tensors_that_changed_places_are_found(mixes, tmp_path):
    plan, path = mixes[OutputType.Q4_K_M]
    one, other = "blk.1.attn_k.weight", "blk.2.attn_k.weight"
    raw = {t.name: t.data.tobytes() for t in GGUFReader(path).tensors if t.name in (one, other)}
    half = spoilt(path, tmp_path / "half", one, lambda _: np.frombuffer(raw[other], np.uint8))
    both = spoilt(half, tmp_path / "both", other, lambda _: np.frombuffer(raw[one], np.uint8))
    assert list(problems(prove_weights(plan, both))) == [one, other]


def test_a_truncated_file_and_another_model_are_named(mixes, folder_of, tmp_path):
    plan, path = mixes[OutputType.Q8_0]
    (tmp_path / "short").write_bytes(path.read_bytes()[:-5000])
    assert "cannot be read" in prove_weights(plan, tmp_path / "short").problem
    (tmp_path / "text").write_text("no GGUF file at all")
    assert "cannot be read" in prove_weights(plan, tmp_path / "text").problem
    other = prove_weights(plan_of(folder_of("llama"), OutputType.Q8_0), path)
    assert not other.is_sound
    assert "tensors that the model does not" in other.problem


def test_an_adapter_that_was_left_out_is_found(folder_of, tmp_path):
    base = folder_of("llama")
    adapter = (Applied(read_adapter(save_mlx_adapter(base, tmp_path / "adapter"))),)
    for kind in (OutputType.F32, OutputType.BF16, OutputType.F16, OutputType.Q8_0):
        with_it, without = plan_of(base, kind, adapter), plan_of(base, kind)
        tuned, plain = convert(with_it, tmp_path / f"{kind}-a").path, convert(without, tmp_path / f"{kind}-b").path
        assert problems(prove_weights(with_it, tuned)) == {}
        assert problems(prove_weights(with_it, plain)).keys() == {
            t.name for t in with_it.tensors if t.sources[0].updates
        }
