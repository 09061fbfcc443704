"""Any file is compared with its folder: what was spoilt on purpose is found and named, and nothing else is."""

import json
import shutil
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.verify.file_proof import prove_file
from app.core.verify.results.words import header_in_words, weights_in_words
from tests.adapters import save_mlx_adapter
from tests.core.verify.spoil import encoded_as, on_bytes, on_values, read_keys, read_tensors, spoil
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.golden.mix_models import save_case
from tests.tiny_checkpoints import to_bfloat16, with_tokenizer

TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
F32, BF16, Q8_0, Q4_K_M = OutputType.F32, OutputType.BF16, OutputType.Q8_0, OutputType.Q4_K_M
HEAD, EMBEDDING = "output.weight", "token_embd.weight"


class Model:
    """A folder, and files of it that are made once."""

    def __init__(self, folder, adapters=()):
        self.folder = folder
        self.prepared = prepare(identify(open_checkpoint(folder), adapters))

    def file(self, kind):
        path = self.folder.with_name(f"{self.folder.name}-{kind.value}.gguf")
        return path if path.exists() else convert(self.prepared.plan(PlanOptions(kind)), path).path

    def proof(self, path):
        return prove_file(self.prepared, path)


@pytest.fixture(scope="module")
def model_of(tmp_path_factory):
    root, made = tmp_path_factory.mktemp("spoilt"), {}

    def model(name):
        if name not in made:
            folder = save_case(name, root / name)
            (folder / "chat_template.jinja").write_text(TEMPLATE)
            if name == "dense":
                config = json.loads((folder / "config.json").read_text())
                (folder / "config.json").write_text(json.dumps({**config, "rope_scaling": LLAMA3}))
            made[name] = Model(folder)
        return made[name]

    return model


def named(proof):
    """Everything that is said to be wrong."""
    keys = [one.key for one in proof.header.faults] if proof.header else []
    return [one.name for one in proof.weights.tensors if one.problem] + keys


def flip(raw):
    raw[raw.size // 2 + 3] ^= 1


def nudge(raw):
    raw[raw.size // 2 + 120] ^= 1  # one code of a block of Q4_K or Q6_K, by one step


def zeros(raw):
    raw[raw.size // 2 :][:256] = 0


def swap_experts(raw):
    experts = raw.reshape(4, -1)
    experts[[0, 1]] = experts[[1, 0]]


def not_permuted(values):
    """llama.cpp's converter puts the halves of a head in turns: conversion/llama.py, permute."""
    heads = values.reshape(8, values.shape[0] // 16, 2, *values.shape[1:])
    return heads.swapaxes(1, 2).reshape(values.shape)


def shifted(tokens):
    return [*tokens[1:], tokens[0]]


ONE_LAYER, OTHER_LAYER = "blk.1.ffn_up.weight", "blk.2.ffn_up.weight"
EXCHANGED = {ONE_LAYER: OTHER_LAYER, OTHER_LAYER: ONE_LAYER}
WITHOUT_FACTORS = {"rope_freqs.weight": None}
EXPERTS = "blk.3.ffn_up_exps.weight"
NORM, Q, K = "blk.2.attn_norm.weight", "blk.3.attn_q.weight", "blk.3.attn_k.weight"
TOKENS = "tokenizer.ggml.tokens"

SPOILT: dict[str, tuple[str, OutputType, dict[str, Any], list[str]]] = {
    "norms without + 1": ("gemma3", F32, {"tensors": {NORM: on_values(lambda v: v - 1)}}, [NORM]),
    "norms with + 2": ("gemma3", Q4_K_M, {"tensors": {NORM: on_values(lambda v: v + 1)}}, [NORM]),
    "q not permuted": ("dense", F32, {"tensors": {Q: on_values(not_permuted)}}, [Q]),
    "k not permuted, quantized": ("dense", Q4_K_M, {"tensors": {K: on_values(not_permuted)}}, [K]),
    "head dropped": ("dense", Q8_0, {"tensors": {HEAD: None}}, [HEAD]),
    "head tied by force": ("dense", BF16, {"instead": {HEAD: EMBEDDING}}, [HEAD]),
    "head exchanged": ("dense", BF16, {"instead": {HEAD: EMBEDDING, EMBEDDING: HEAD}}, [EMBEDDING, HEAD]),
    "llama3's factors missing": ("dense", Q8_0, {"tensors": WITHOUT_FACTORS}, ["rope_freqs.weight"]),
    "a flipped bit in Q4_K": ("dense", Q4_K_M, {"tensors": {ONE_LAYER: on_bytes(flip)}}, [ONE_LAYER]),
    "a flipped bit in Q8_0": ("dense", Q8_0, {"tensors": {ONE_LAYER: on_bytes(flip)}}, [ONE_LAYER]),
    "a flipped bit in BF16": ("dense", BF16, {"tensors": {ONE_LAYER: on_bytes(flip)}}, [ONE_LAYER]),
    "zeros in Q4_K": ("dense", Q4_K_M, {"tensors": {ONE_LAYER: on_bytes(zeros)}}, [ONE_LAYER]),
    "zeros in BF16": ("dense", BF16, {"tensors": {ONE_LAYER: on_bytes(zeros)}}, [ONE_LAYER]),
    "two layers exchanged": ("dense", Q8_0, {"instead": EXCHANGED}, [ONE_LAYER, OTHER_LAYER]),
    "experts exchanged": ("four-experts", Q8_0, {"tensors": {EXPERTS: on_bytes(swap_experts)}}, [EXPERTS]),
    "another rope base": ("dense", Q8_0, {"keys": {"llama.rope.freq_base": 500000.0}}, ["llama.rope.freq_base"]),
    "no rope base": ("gemma3", F32, {"keys": {"gemma3.rope.freq_base": None}}, ["gemma3.rope.freq_base"]),
    "another epsilon": (
        *("dense", BF16, {"keys": {"llama.attention.layer_norm_rms_epsilon": 1e-6}}),
        ["llama.attention.layer_norm_rms_epsilon"],
    ),
    "other heads": ("dense", F32, {"keys": {"llama.attention.head_count": 4}}, ["llama.attention.head_count"]),
    "template lost": ("dense", BF16, {"keys": {"tokenizer.chat_template": None}}, ["tokenizer.chat_template"]),
    "another template": (
        "dense",
        BF16,
        {"keys": {"tokenizer.chat_template": TEMPLATE[:-8]}},
        ["tokenizer.chat_template"],
    ),
    "vocabulary shifted by one": ("dense", BF16, {"keys": {TOKENS: shifted}}, [TOKENS]),
    "another end of a text": (
        *("dense", BF16, {"keys": {"tokenizer.ggml.eos_token_id": 7}}),
        ["tokenizer.ggml.eos_token_id"],
    ),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_a_fault_is_named_and_without_it_the_file_passes(fault, model_of, tmp_path):
    name, kind, change, expected = SPOILT[fault]
    model, keys = model_of(name), dict(change.get("keys", {}))
    path = model.file(kind)
    for key, value in keys.items():
        keys[key] = value(read_keys(path)[key]) if callable(value) else value
    proof = model.proof(spoil(path, tmp_path / "spoilt.gguf", **{**change, "keys": keys}))
    assert named(proof) == expected
    assert not proof.is_sound
    sound = model.proof(spoil(path, tmp_path / "sound.gguf"))
    assert named(sound) == []
    assert sound.is_sound


def test_words_have_the_key_and_both_values(model_of, tmp_path):
    model = model_of("dense")
    path, tokens = model.file(BF16), read_keys(model.file(BF16))[TOKENS]
    changed = {"llama.rope.freq_base": 500000.0, TOKENS: shifted(tokens), "tokenizer.chat_template": None}
    said = header_in_words(model.proof(spoil(path, tmp_path / "spoilt.gguf", keys=changed)).header)
    assert "llama.rope.freq_base: 500000 in the file, 10000 by the folder." in said
    assert f"{TOKENS}, item 0: {tokens[1]} in the file, {tokens[0]} by the folder." in said
    assert any(line.startswith("tokenizer.chat_template: nothing in the file, {% for") for line in said)


def test_an_adapter_that_was_left_out_is_named(model_of, tmp_path):
    base = model_of("dense")
    tuned = Model(base.folder, (Applied(read_adapter(save_mlx_adapter(base.folder, tmp_path / "adapter"))),))
    changed = {t.name for t in tuned.prepared.plan().tensors if any(one.updates for one in t.sources)}
    for kind in (F32, BF16, Q8_0, Q4_K_M):
        assert set(named(tuned.proof(base.file(kind)))) == changed
        path = convert(tuned.prepared.plan(PlanOptions(kind)), tmp_path / f"{kind}.gguf").path
        assert named(tuned.proof(path)) == []


def test_harmless_keys_are_told_apart(model_of, tmp_path):
    model = model_of("dense")
    changed = {"general.name": "another", "general.quantization_version": None, "llama.vocab_size": None}
    proof = model.proof(spoil(model.file(Q8_0), tmp_path / "other.gguf", keys=changed))
    assert proof.is_sound
    reasons = {one.key: one.harmless for one in proof.header.differences}
    assert reasons.keys() == {"general.name", "general.quantization_version"}
    assert all(reasons.values())
    assert "2 keys differ that change nothing" in header_in_words(proof.header)[0]


@pytest.mark.parametrize(
    ("name", "left_out"),
    [
        ("dense", ("llama.rope.freq_base", "llama.attention.head_count_kv", "llama.rope.dimension_count")),
        ("gemma3", ("gemma3.rope.freq_base_swa", "gemma3.attention.key_length", "gemma3.attention.value_length")),
    ],
)
def test_what_llama_cpp_assumes_need_not_be_written(name, left_out, model_of, tmp_path):
    model, keys = model_of(name), dict.fromkeys(left_out)
    assert keys.keys() <= read_keys(model.file(Q8_0)).keys()
    assert model.proof(spoil(model.file(Q8_0), tmp_path / "short.gguf", keys=keys)).is_sound


def test_another_library_s_exponentials_are_no_fault(tmp_path):
    published = save_published(FamilyModel("mamba"), tmp_path / "published")
    model = Model(with_tokenizer(save_mlx(published, tmp_path / "mamba")))
    name, path = "blk.0.ssm_a", model.file(BF16)
    near = spoil(
        path, tmp_path / "near.gguf", tensors={name: on_values(lambda values: np.nextafter(values, np.float32(0)))}
    )
    assert model.proof(near).is_sound
    far = spoil(path, tmp_path / "far.gguf", tensors={name: on_values(lambda values: values * np.float32(1.02))})
    assert named(model.proof(far)) == [name]


def test_a_tied_file_may_write_the_embedding_twice(model_of, tmp_path):
    model = model_of("tied")
    path = spoil(model.file(BF16), tmp_path / "twice.gguf", instead={HEAD: EMBEDDING})
    assert model.proof(path).is_sound
    other = spoil(path, tmp_path / "other.gguf", tensors={HEAD: on_values(lambda values: values[::-1])})
    assert named(model.proof(other)) == [HEAD]


IMPORTANT = np.exp(np.linspace(0, 8, 256)[np.random.PCG64(0).random_raw(256) % 256]).astype(np.float32)


@pytest.mark.parametrize(
    "kind", ["Q6_K", "Q5_K", "Q4_K", "Q3_K", "Q2_K", "IQ4_XS", "IQ3_XXS", "IQ2_XS", "IQ1_M", "Q4_0"]
)
def test_an_unknown_importance_matrix_is_no_fault_but_a_wrong_tensor_is(kind, model_of, tmp_path):
    """As Unsloth's files: how much of a block is left is all that can be asked."""
    model, change = model_of("dense"), encoded_as(GGMLQuantizationType[kind], IMPORTANT)
    names = [f"blk.{layer}.{part}.weight" for layer in range(3) for part in ("attn_v", "ffn_up", "ffn_down")]
    path = spoil(model.file(F32), tmp_path / "weighted.gguf", tensors=dict.fromkeys(names, change))
    proof = model.proof(path)
    assert named(proof) == []
    total = len(proof.weights.tensors)
    assert f"9 of {total} tensors were encoded by other means" in weights_in_words(proof.weights)[-1]
    wrong = spoil(path, tmp_path / "wrong.gguf", instead=EXCHANGED)
    assert named(model.proof(wrong)) == [ONE_LAYER, OTHER_LAYER]


def test_a_few_blocks_in_most_tensors_are_another_build_of_ggml(model_of, tmp_path):
    """Builds for Apple Silicon round a few blocks otherwise; one tensor that differs so is damage."""
    model = model_of("dense")
    path = model.file(Q4_K_M)
    names = [name for name, one in read_tensors(path).items() if one.type.name == "Q4_K"]
    proof = model.proof(spoil(path, tmp_path / "built.gguf", tensors=dict.fromkeys(names, on_bytes(nudge))))
    assert proof.is_sound
    assert "another build of ggml" in weights_in_words(proof.weights)[-1]


def test_a_file_of_another_model_is_one_sentence(model_of):
    dense, gemma, experts = map(model_of, ("dense", "gemma3", "four-experts"))
    for path in (gemma.file(Q8_0), experts.file(Q8_0)):
        proof = dense.proof(path)
        assert not proof.is_sound
        (said,) = weights_in_words(proof.weights)
        assert "another model's" in said
        assert proof.header is None


def test_other_weights_of_the_same_shape_are_said_so(model_of, tmp_path):
    model = model_of("gemma3")
    other = on_values(lambda values: values[::-1])
    names = [name for name in read_tensors(model.file(Q8_0)) if "norm" not in name]
    proof = model.proof(spoil(model.file(Q8_0), tmp_path / "other.gguf", tensors=dict.fromkeys(names, other)))
    said = weights_in_words(proof.weights)
    assert len(said) == 2
    assert "made from other weights" in said[1]


def test_a_tensor_that_no_model_has_is_named(model_of, tmp_path):
    model = model_of("dense")
    proof = model.proof(spoil(model.file(Q8_0), tmp_path / "more.gguf", instead={"blk.0.what.weight": NORM}))
    assert "blk.0.what.weight" in proof.weights.problem
    assert not proof.is_sound


def test_the_folder_is_as_it_was(model_of, tmp_path):
    model = model_of("dense")
    before = {path.name: path.stat().st_mtime_ns for path in model.folder.iterdir()}
    model.proof(shutil.copy(model.file(Q8_0), tmp_path / "copy.gguf"))
    assert {path.name: path.stat().st_mtime_ns for path in model.folder.iterdir()} == before


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0", "Q4_0"])
def test_packed_weights_that_were_rounded_on_the_way_are_no_fault(kind, tmp_path):
    """As mlx-lm decodes them for llama.cpp's converter: to 16 bits."""
    published = save_published(FamilyModel("llama"), tmp_path / "published")
    model = Model(with_tokenizer(save_mlx(published, tmp_path / "packed", {"group_size": 32, "bits": 6})))
    change = encoded_as(GGMLQuantizationType[kind])
    path = model.file(F32)
    matrices = [name for name, one in read_tensors(path).items() if len(one.shape) > 1]
    rounded = spoil(path, tmp_path / "rounded.gguf", tensors=dict.fromkeys(matrices, on_values(to_bfloat16)))
    target = spoil(rounded, tmp_path / "file.gguf", tensors=dict.fromkeys(matrices, change))
    proof = model.proof(target)
    assert named(proof) == []
    assert any(one.explained < 0.9 for one in proof.weights.tensors)
    exchanged = {"blk.0.ffn_up.weight": "blk.1.ffn_up.weight"}
    assert named(model.proof(spoil(target, tmp_path / "wrong.gguf", instead=exchanged))) == list(exchanged)
