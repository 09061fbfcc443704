"""Settings that are silent or wrong: a folder is read as mlx-lm reads it, by its shapes and its layers' widths."""

import json
from itertools import count, cycle

import pytest
from mlx_lm import utils

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.core.checkpoint.written_by_hand import read_parts, write_safetensors
from tests.expect_finding import NOTE, STOP, WARNING
from tests.golden.family_models import FamilyModel, family_models, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

BITS, GROUPS = (4, 8, 6, 3, 5, 2), (64, 32, 128)
CODE = "packing-by-shapes"
# Latent attention, stacks, stacks of two matrices, columns that move, none of these
HANDFUL = ("deepseek_v3", "qwen3_moe", "llama4", "qwen3_5_moe", "llama")
IN_ORDER = {"bits": 4, "group_size": 64}
LLAMA = FamilyModel("llama")
VALUE = "model.layers.0.self_attn.v_proj"


def save_mixed(model, folder):
    """As `mlx_lm.convert` with a predicate: the next module has other bits and groups, and the settings name each."""
    bits, turn = cycle(BITS), count()

    def choose(_, module):
        fitting = [size for size in GROUPS if module.weight.shape[-1] % size == 0]
        return {"bits": next(bits), "group_size": fitting[next(turn) % len(fitting)]} if fitting else False

    return save_packed(model, folder, choose)


def save_packed(model, folder, choose):
    loaded, config = utils.load_model(save_published(model, folder / "published"), lazy=True)
    loaded, config = utils.quantize_model(loaded, config, 32, 4, quant_predicate=choose)
    packed = folder / "packed"
    utils.save_model(packed, loaded)
    utils.save_config(config, packed / "config.json")
    return with_tokenizer(packed)


def with_settings(folder, settings, name="quantization"):
    path = folder / "config.json"
    config = {key: value for key, value in json.loads(path.read_text()).items() if not key.startswith("quantization")}
    path.write_text(json.dumps(config | ({} if settings is None else {name: settings})))
    return folder


def plan_of(folder, **options):
    return prepare_plan(open_checkpoint(folder), PlanOptions(**options))


def packings_of_mlx_lm(folder):
    """Bits, group size and mode of every packed module, as mlx-lm loads the folder, by the name of its weight."""
    modules = utils.load_model(folder, lazy=True)[0].named_modules()
    packed = ((f"{path}.weight", module) for path, module in modules if "scales" in module)
    return {name: (module.bits, module.group_size, module.mode) for name, module in packed}


def packings(plan):
    sources = [source for tensor in plan.tensors for source in tensor.sources]
    sources += [tensor.source for tensor in plan.dropped]
    found = ((source.name, source.quantization) for source in sources if source.quantization)
    return {name: (packing.bits, packing.group_size, packing.mode) for name, packing in found}


def split(findings):
    """The note about packings, which is one at most, and all the others."""
    notes = [finding for finding in findings if finding.code == CODE]
    assert len(notes) < 2
    return next(iter(notes), None), [finding for finding in findings if finding.code != CODE]


@pytest.mark.parametrize("model", family_models(), ids=lambda model: model.name)
def test_silent_settings_are_made_up_for_as_in_mlx_lm(model, tmp_path):
    folder = save_mixed(model, tmp_path)
    said = plan_of(folder)
    silent = plan_of(with_settings(folder, IN_ORDER))
    assert packings(silent) == packings_of_mlx_lm(folder)
    assert silent.tensors == said.tensors
    assert split(said.findings)[0] is None
    note, others = split(silent.findings)
    assert note.severity is NOTE
    assert others == list(said.findings)


@pytest.mark.parametrize("name", HANDFUL)
@pytest.mark.parametrize("settings", [IN_ORDER, None, {"bits": 8, "group_size": 32}], ids=["silent", "gone", "wrong"])
def test_files_are_the_same_byte_for_byte(name, settings, tmp_path):
    folder = save_mixed(FamilyModel(name), tmp_path)
    for kind in (OutputType.AUTO, OutputType.F32):
        expected = convert(plan_of(folder, output_type=kind), tmp_path / f"{kind}.gguf").path.read_bytes()
        (tmp_path / "again").mkdir(exist_ok=True)
        again = with_settings(folder.rename(tmp_path / "again" / folder.name), settings)
        found = convert(plan_of(again, output_type=kind), tmp_path / f"{kind}-again.gguf").path.read_bytes()
        assert found == expected
        folder = again.rename(folder)


def test_latent_attention_that_the_settings_name_in_its_old_form(tmp_path):
    """embed_q has the bits that kv_b_proj had, which the settings still name."""

    def choose(path, _):
        return {"bits": 6, "group_size": 64} if path.endswith("embed_q") else {"bits": 4, "group_size": 64}

    folder = save_packed(FamilyModel("deepseek_v3"), tmp_path, choose)
    said = plan_of(folder)
    old = {f"model.layers.{layer}.self_attn.kv_b_proj": {"bits": 6, "group_size": 64} for layer in range(2)}
    found = plan_of(with_settings(folder, IN_ORDER | old))
    assert packings(found) == packings_of_mlx_lm(folder)
    assert {name for name, (bits, *_) in packings(found).items() if bits == 6}
    assert found.can_convert
    assert found.tensors == said.tensors


MISTAKES = {
    "bits in quotes": {"bits": "4", "group_size": 64},
    "bits with a point": {"bits": 4.0, "group_size": 64},
    "bits that there are not": {"bits": 7, "group_size": 64},
    "as many words for a scale": {"bits": 8, "group_size": 32},
    "other bits": {"bits": 6, "group_size": 64},
    "a mode without biases": {"bits": 4, "group_size": 32, "mode": "mxfp4"},
    "a mode that nobody knows": {"bits": 4, "group_size": 64, "mode": "of another world"},
    "other names": {"bits": 8, "group_size": 64, "backbone.0.v_proj": {"bits": 4, "group_size": 64}},
    "nothing": {},
    "no group size": {"bits": 4},
    "modules only": {VALUE: {"bits": 4, "group_size": 64}},
    "one module": IN_ORDER | {VALUE: {"bits": 8, "group_size": 64}},
    "one module of as many words": IN_ORDER | {VALUE: {"bits": 8, "group_size": 32}},
    "one module that is packed all the same": IN_ORDER | {VALUE: False},
    "one module of another mode": IN_ORDER | {VALUE: {"bits": 8, "group_size": 32, "mode": "mxfp8"}},
    "one module without sense": {"bits": 8, "group_size": 64, VALUE: {"bits": "many"}},
}
FOR_MLX_LM = {"No action is needed": True, "mlx-lm cannot load": False}


def loads_in_mlx_lm(folder):
    try:
        utils.load_model(folder, lazy=True)
    except (KeyError, TypeError, ValueError):
        return False
    return True


@pytest.mark.parametrize("settings", [*MISTAKES.values(), None], ids=[*MISTAKES, "no settings"])
def test_settings_that_the_shapes_contradict_lose(settings, tmp_path):
    folder = with_tokenizer(save_mlx(save_published(LLAMA, tmp_path / "published"), tmp_path / "packed", IN_ORDER))
    expected = plan_of(folder)
    found = plan_of(with_settings(folder, settings))
    note, others = split(found.findings)
    assert found.can_convert
    assert found.tensors == expected.tensors
    assert others == list(expected.findings)
    assert "4-bit, groups of 64" in note.meaning
    claims = [loads for words, loads in FOR_MLX_LM.items() if words in note.advice]
    assert claims in ([], [loads_in_mlx_lm(folder)])
    assert note.severity is (NOTE if claims == [True] else WARNING)
    assert claims or "Correct config.json" in note.advice


def test_settings_of_another_method_are_none_of_mlx(tmp_path):
    folder = with_tokenizer(save_mlx(save_published(LLAMA, tmp_path / "published"), tmp_path / "packed", IN_ORDER))
    expected = plan_of(folder).tensors
    found = plan_of(with_settings(folder, IN_ORDER | {"quant_method": "mlx"}, "quantization_config"))
    assert found.tensors == expected
    assert "no MLX quantization settings" in split(found.findings)[0].what
    assert not loads_in_mlx_lm(folder)


def test_a_note_names_the_wrong_and_the_right(tmp_path):
    folder = with_tokenizer(save_mlx(save_published(LLAMA, tmp_path / "published"), tmp_path / "packed", IN_ORDER))
    note, _ = split(plan_of(with_settings(folder, IN_ORDER | {VALUE: {"bits": 8, "group_size": 32}})).findings)
    assert note.subject == f"{VALUE}.weight"
    assert f"1 tensor: {VALUE}.weight" in note.what
    assert note.meaning.endswith("were packed: 4-bit, groups of 64. config.json says: 8-bit, groups of 32.")


@pytest.mark.parametrize("mode", ["mxfp4", "mxfp8", "nvfp4"])
@pytest.mark.parametrize("settings", [None, IN_ORDER, {"bits": "4"}])
def test_modes_without_biases_are_known_by_their_scales(mode, settings, tmp_path):
    how = {"mxfp4": (4, 32), "mxfp8": (8, 32), "nvfp4": (4, 16)}[mode]
    choice = {"bits": how[0], "group_size": how[1], "mode": mode}
    folder = save_packed(LLAMA, tmp_path, lambda *_: choice)
    said = plan_of(folder)
    found = plan_of(with_settings(folder, settings))
    assert found.tensors == said.tensors
    assert set(packings(found).values()) == {(*how, mode)}
    note, others = split(found.findings)
    assert others == list(said.findings)
    assert (note is None) is (settings == IN_ORDER)  # their scales tell them: no settings have to


def test_without_biases_nothing_can_be_read(tmp_path):
    folder = save_packed(LLAMA, tmp_path, lambda *_: True)
    path = folder / "model.safetensors"
    header, data = read_parts(path)
    renamed = {name.replace(f"{VALUE}.biases", f"{VALUE}.other"): entry for name, entry in header.items()}
    write_safetensors(path, renamed, len(data))
    (folder / "model.safetensors.index.json").unlink()
    stops = {finding.code: finding.subject for finding in plan_of(folder).findings if finding.severity is STOP}
    assert stops == {"quantization-contradiction": VALUE, "unknown-tensor": f"{VALUE}.other"}
    assert not loads_in_mlx_lm(folder)
