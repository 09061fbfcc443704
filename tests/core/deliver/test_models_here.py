"""The models on this Mac: where they are found, what is said of them, and what is passed over."""

import os
from pathlib import Path

import pytest

from app.core.deliver.folder_contents import Kind
from app.core.deliver.models_here import Place, models_here
from tests.core.deliver.model_trees import CONFIG, PACKED, WHOLE, cached, fill, shards


@pytest.fixture
def cache(home):
    return home / ".cache" / "huggingface" / "hub"


def names(used=()):
    return [one.name for one in models_here(used)]


def only(used=()):
    (found,) = models_here(used)
    return found


def test_a_repository_of_the_cache(cache):
    snapshot = cached(cache, "mlx-community/Qwen3-0.6B-4bit", WHOLE)
    found = only()
    assert (found.name, found.folder, found.place) == ("mlx-community/Qwen3-0.6B-4bit", snapshot, Place.HUB)
    holds = found.holds
    assert (holds.kind, holds.model_type, holds.bits, holds.byte_count, holds.is_complete) == (
        *(Kind.MODEL, "qwen3", 4, 1000, True),
    )


@pytest.mark.parametrize("variable", ["HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"])
def test_where_the_environment_has_the_cache(variable, home, monkeypatch):
    """huggingface_hub constants.py."""
    below = {"HF_HOME": "hub", "HF_HUB_CACHE": "", "XDG_CACHE_HOME": "huggingface/hub"}[variable]
    monkeypatch.setenv(variable, "~/elsewhere")
    cached(home / "elsewhere" / below, "org/name", WHOLE)
    assert names() == ["org/name"]


def test_of_several_snapshots_the_one_that_main_means(cache):
    cached(cache, "org/name", WHOLE, "a" * 40, is_main=False)
    main = cached(cache, "org/name", WHOLE, "b" * 40)
    cached(cache, "org/name", WHOLE, "c" * 40, is_main=False)
    assert only().folder == main


def test_a_whole_snapshot_before_half_of_a_newer_one(cache):
    whole = cached(cache, "org/name", WHOLE, "b" * 40, is_main=False)
    cached(cache, "org/name", {"config.json": PACKED}, "a" * 40, half=True)
    found = only()
    assert (found.folder, found.holds.is_complete) == (whole, True)


def test_a_repository_without_an_organisation(cache):
    cached(cache, "gpt2", WHOLE)
    assert names() == ["gpt2"]


@pytest.mark.parametrize(
    ("files", "half"),
    [
        ({"config.json": PACKED}, True),
        ({"config.json": PACKED, "model.safetensors.index.json": {"weight_map": {}}}, False),
        ({"config.json": PACKED, **shards([1, 3], 3)}, False),
        ({"config.json": PACKED, **shards([1, 2], 3)}, True),
    ],
)
def test_half_a_download_is_known(files, half, cache):
    cached(cache, "org/name", files, half=half)
    assert not only().holds.is_complete


def test_what_half_a_download_left_beside_a_whole_one_is_no_matter(cache):
    cached(cache, "org/name", {"config.json": PACKED, **shards([1, 2, 3], 3)}, half=True)
    assert only().holds.is_complete


def test_a_link_whose_blob_is_gone(cache):
    snapshot = cached(cache, "org/name", {"config.json": PACKED, **shards([1, 2], 2)})
    (snapshot / "model-00002-of-00002.safetensors").resolve().unlink()
    assert not only().holds.is_complete


@pytest.mark.parametrize("part", ["downloading_model.safetensors.part", "model.safetensors.part"])
def test_half_a_download_of_lm_studio(part, models):
    """lmstudio-bug-tracker#1477, #2291."""
    fill(models / "org" / "name", {"config.json": PACKED, part: b"half"})
    assert not only().holds.is_complete


def test_half_a_download_into_a_folder(home):
    """huggingface_hub _local_folder.py: --local-dir keeps it in .cache/huggingface/download."""
    folder = fill(home / "mine", {"config.json": PACKED})
    fill(folder / ".cache" / "huggingface" / "download", {"model.safetensors.abc.incomplete": b"half"})
    assert not only([folder]).holds.is_complete


PLACES = {
    "usual": (".lmstudio/models", None),
    "before": (".cache/lm-studio/models", None),
    "by its pointer": ("pointed/models", (".lmstudio-home-pointer", "{home}/pointed\n")),
    "by its settings": ("disk", (".lmstudio/settings.json", '{{"downloadsFolder": "{home}/disk"}}')),
    "by settings elsewhere": ("disk", (".config/LM Studio/settings.json", '{{"downloadsFolder": "{home}/disk"}}')),
}


@pytest.mark.parametrize("place", PLACES)
def test_lm_studio(place, home, monkeypatch):
    """lmstudio-js findLMStudioHome; lms importCmd.ts, locateSettingsJson."""
    monkeypatch.setattr("sys.platform", "linux")
    folder, written = PLACES[place]
    if written:
        (home / written[0]).parent.mkdir(parents=True, exist_ok=True)
        (home / written[0]).write_text(written[1].format(home=home))
    fill(home / folder / "org" / "name", WHOLE)
    found = only()
    assert (found.name, found.place) == ("org/name", Place.LM_STUDIO)


@pytest.mark.parametrize("settings", [b"", b"{", b"[]", b'{"downloadsFolder": 3}', b'{"downloadsFolder": "here"}'])
def test_settings_that_say_nothing(settings, home, models):
    (home / ".lmstudio" / "settings.json").write_bytes(settings)
    fill(models / "org" / "name", WHOLE)
    assert names() == ["org/name"]


def test_modelscope(home):
    fill(home / ".cache" / "modelscope" / "hub" / "models" / "org" / "name", WHOLE)
    found = only()
    assert (found.name, found.place) == ("org/name", Place.MODELSCOPE)


def test_a_folder_that_is_in_two_places_by_a_link_counts_once(cache, models):
    snapshot = cached(cache, "org/name", WHOLE)
    (models / "org").mkdir(parents=True)
    (models / "org" / "name").symlink_to(snapshot)
    assert only().place is Place.HUB


def test_what_was_fused_and_trained_in_folders_that_were_used(home):
    base = fill(home / "base", {"config.json": CONFIG, "model.safetensors": b"x"})
    fill(home / "fused_model", WHOLE)
    fill(home / "adapters", {"adapter_config.json": {"model": str(base)}, "adapters.safetensors": b"x" * 10})
    settings = {"base_model_name_or_path": "org/nowhere"}
    fill(home / "peft", {"adapter_config.json": settings, "adapter_model.safetensors": b"x"})
    found = {one.name: one for one in models_here([home])}
    assert [*found] == ["adapters", "base", "fused_model", "peft"]
    assert (found["adapters"].holds.kind, found["adapters"].base) == (Kind.ADAPTER, base)
    assert (found["peft"].holds.base, found["peft"].base) == ("org/nowhere", None)
    assert found["base"].holds.bits == 16
    assert names([home / "fused_model"]) == ["fused_model"]


DAMAGED: dict[str, dict[str, object]] = {
    "nothing": {},
    "no config": {"model.safetensors": b"x"},
    "a config that is cut off": {"config.json": b'{"model_type"', "model.safetensors": b"x"},
    "a config of another kind": {"config.json": [1], "model.safetensors": b"x"},
    "no type": {"config.json": {}, "model.safetensors": b"x"},
    "a type of another kind": {"config.json": {"model_type": 3}, "model.safetensors": b"x"},
    "no weights": {"config.json": PACKED},
    "a GGUF file's config": {"config.json": PACKED, "name-Q8_0.gguf": b"GGUF"},
    "an adapter without settings": {"adapters.safetensors": b"x"},
    "an adapter whose settings are cut off": {"adapters.safetensors": b"x", "adapter_config.json": b"{"},
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_what_is_damaged_is_passed_over(kind, cache, models, home):
    cached(cache, "org/bad", DAMAGED[kind])
    fill(models / "org" / "bad", DAMAGED[kind])
    fill(models / "org" / "good", WHOLE)
    assert names([fill(home / "bad", DAMAGED[kind])]) == ["org/good"]


def test_hostile_folders(cache, models, home, tmp_path):
    fill(tmp_path / "secret", {"config.json": PACKED})
    for name in ("..", "loop"):
        (cache / f"models--{name}--x" / "snapshots").mkdir(parents=True)
    (cache / "models--loop--x" / "refs").mkdir()
    (cache / "models--loop--x" / "refs" / "main").write_text("../../../../secret")
    (models / "loop").mkdir(parents=True)
    (models / "loop" / "loop").symlink_to(models)
    (models / "loop" / "itself").symlink_to("itself")
    os.mkfifo(fill(models / "org" / "pipe", {"model.safetensors": b"x"}) / "config.json")
    led_out = fill(models / "org" / "out", {"model.safetensors": b"x"})
    (led_out / "config.json").symlink_to(tmp_path / "secret" / "config.json")
    (home / ".lmstudio-home-pointer").write_bytes(b"\xff\0")
    assert names() == []


@pytest.mark.parametrize(
    ("config", "bits"),
    [
        (PACKED, 4),
        ({"model_type": "x", "dtype": "float32"}, 32),
        ({"model_type": "x", "text_config": {"torch_dtype": "float16"}}, 16),
        ({"model_type": "x", "quantization": {"mode": "mxfp4", "group_size": 32, "bits": 4}}, 4),
        (
            {
                "model_type": "x",
                "quantization": {"mode": "kquant", "per_tensor": {"a": "q6_k", "b": "q6_k", "c": "q8_0"}},
            },
            6,
        ),
        ({"model_type": "x", "quantization": {"bits": "many"}}, None),
        ({"model_type": "x", "quantization_config": {"quant_method": "gptq", "bits": 3}}, 3),
        ({"model_type": "x", "quantization_config": {"quant_method": "fp8"}}, None),
        ({"model_type": "x"}, None),
    ],
)
def test_bits(config, bits, home):
    fill(home / "mine", {"config.json": config, "model.safetensors": b"x"})
    assert only([home / "mine"]).holds.bits == bits


def test_gguf_files_of_a_model_are_seen(cache, models, home):
    cached(cache, "mlx-community/Tiny-4bit", WHOLE)
    fill(models / "me" / "tiny", {"Tiny-4bit-Q4_K_M.gguf": b"GGUF", "mmproj-Tiny-4bit-F16.gguf": b"GGUF"})
    fill(home, {"tiny-4bit-BF16.gguf": b"GGUF", "Tiny-4bit.gguf": b"GGUF", "Tiny-Q8_0.gguf": b"GGUF"})
    fill(home, {f"Tiny-4bit-Q8_0-{number:05d}-of-00002.gguf": b"GGUF" for number in (1, 2)})
    found = [path.name for path in only([home]).gguf]
    assert sorted(found) == [
        *("Tiny-4bit-Q4_K_M.gguf", "Tiny-4bit-Q8_0-00001-of-00002.gguf", "Tiny-4bit.gguf", "tiny-4bit-BF16.gguf"),
    ]
    assert only().gguf == (models / "me" / "tiny" / "Tiny-4bit-Q4_K_M.gguf",)


def test_files_beside_a_folder_that_was_used(home):
    folder = fill(home / "work" / "mine", WHOLE)
    fill(home / "work", {"mine-Q8_0.gguf": b"GGUF"})
    assert only([folder]).gguf == (home / "work" / "mine-Q8_0.gguf",)


def test_a_search_can_be_cancelled(models):
    for name in ("a", "b", "c"):
        fill(models / "org" / name, WHOLE)
    assert len(models_here(is_cancelled=lambda: True)) == 1


def test_nothing_at_all(home):
    assert models_here() == ()
    assert models_here([home / "nowhere"]) == ()


def test_weights_are_not_opened(cache, models, monkeypatch):
    """That they may be large or on a slow disk makes no difference."""
    opened = []
    real = os.open

    def watched(path, *arguments, **named):
        opened.append(Path(path).name)
        return real(path, *arguments, **named)

    cached(cache, "org/name", {**WHOLE, "model.safetensors.index.json": {"weight_map": {}}})
    monkeypatch.setattr(os, "open", watched)
    assert names() == ["org/name"]
    assert [name for name in opened if "model" in name] == []
    assert "config.json" in opened
