"""The model that an adapter was trained on is found wherever programs keep models."""

import json
import shutil

import pytest

from app.core.adapter import find_base, read_adapter
from tests.adapters import save_mlx_adapter
from tests.golden.family_models import save_mlx
from tests.tiny_checkpoints import with_tokenizer

NAME = "somebody/tiny-model"
COMMITS = ("a" * 40, "b" * 40)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    (folder / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("HF_HOME", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.chdir(folder / "work")
    return folder


@pytest.fixture(scope="module")
def trained(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("adapters") / "tuned", keys=["self_attn.q_proj"])


def adapter_for(trained, folder, base):
    shutil.copytree(trained, folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "model": base}))
    return folder


def in_cache(cache, model, commit, is_main=True):
    repository = cache / "models--somebody--tiny-model"
    shutil.copytree(model, repository / "snapshots" / commit)
    if is_main:
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / "main").write_text(commit)


PLACES = {
    "as it is": lambda home: (home / "anywhere" / "model", str(home / "anywhere" / "model")),
    "from home": lambda home: (home / "models" / "model", "~/models/model"),
    "from where the program runs": lambda home: (home / "work" / "mine" / "model", "mine/model"),
    "in the adapter's folder": lambda home: (home / "adapters" / "tuned" / "base", "base"),
    "beside the adapter": lambda home: (home / "adapters" / "base", "./base"),
    "beside it, trained on another Mac": lambda home: (home / "adapters" / "base", "/Users/else/models/base"),
    "LM Studio": lambda home: (home / ".lmstudio" / "models" / NAME, NAME),
    "LM Studio before": lambda home: (home / ".cache" / "lm-studio" / "models" / NAME, NAME),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_folder(place, home, trained, tied_folder, run, tmp_path):
    folder, name = PLACES[place](home)
    adapter = adapter_for(trained, home / "adapters" / "tuned", name)
    shutil.copytree(tied_folder, folder)
    code, _, err = run("convert", adapter, "--type", "f32", "-o", tmp_path / "x.gguf")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("variable", ["", "HF_HOME", "HF_HUB_CACHE"])
def test_the_cache_of_the_hub(variable, home, trained, tied_folder, run, tmp_path, monkeypatch):
    cache = home / ".cache" / "huggingface" / "hub"
    if variable:
        cache = tmp_path / "elsewhere" / ("hub" if variable == "HF_HOME" else "")
        monkeypatch.setenv(variable, str(tmp_path / "elsewhere"))
    in_cache(cache, tied_folder, COMMITS[0])
    adapter = adapter_for(trained, home / "adapters" / "tuned", NAME)
    code, _, err = run("convert", adapter, "--type", "f32", "-o", tmp_path / "x.gguf")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("main", [0, 1])
def test_of_several_snapshots_the_one_that_main_means(main, home, trained, tied_folder, changed_folder):
    cache = home / ".cache" / "huggingface" / "hub"
    for commit, folder in zip(COMMITS, (tied_folder, changed_folder), strict=True):
        in_cache(cache, folder, commit, is_main=commit == COMMITS[main])
    adapter = adapter_for(trained, home / "adapters" / "tuned", NAME)
    found = find_base(read_adapter(adapter))
    assert found is not None
    assert found.name == COMMITS[main]


def quantized(tied_folder, folder, card):
    save_mlx(tied_folder, folder, {"group_size": 64, "bits": 4})
    with_tokenizer(folder)
    (folder / "README.md").write_text(f"---\nbase_model: {card}\n---\n")
    return folder


def findings(out):
    return [finding["code"] for finding in json.loads(out[out.index("{") :])["findings"]]  # after what mlx-lm prints


def test_the_original_of_a_quantized_base_is_offered(home, trained, tied_folder, run):
    base = quantized(tied_folder, home / "packed", NAME)
    adapter = adapter_for(trained, home / "adapters" / "tuned", str(base))
    assert "unquantized-original" not in findings(run("inspect", adapter, "--json")[1])
    shutil.copytree(tied_folder, home / ".lmstudio" / "models" / NAME)
    assert "unquantized-original" in findings(run("inspect", adapter, "--json")[1])
    assert "unquantized-original" not in findings(run("inspect", base, "--json")[1])  # nothing was trained
    assert f"models/{NAME}" in run("inspect", adapter)[1]


@pytest.mark.parametrize("card", ["[somebody/none, 5, somebody/tiny-model]", "packed", "null", "[[[]]]", "~nobody/x"])
def test_cards_that_say_less(card, home, trained, tied_folder, run):
    base = quantized(tied_folder, home / "packed", card)
    adapter = adapter_for(trained, home / "adapters" / "tuned", str(base))
    shutil.copytree(tied_folder, home / ".lmstudio" / "models" / NAME)
    assert ("unquantized-original" in findings(run("inspect", adapter, "--json")[1])) == (NAME in card)


def test_the_original_takes_the_adapter(home, trained, tied_folder, run, tmp_path):
    base = quantized(tied_folder, home / "packed", NAME)
    adapter = adapter_for(trained, home / "adapters" / "tuned", str(base))
    for model in (base, tied_folder):
        target = tmp_path / f"{model.name}.gguf"
        assert run("convert", model, "--adapter", adapter, "--type", "f32", "-o", target)[0] == 0
