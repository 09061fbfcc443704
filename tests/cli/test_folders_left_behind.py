"""Folders that hold no model, or not yet, through the command line: one reason, and what to do."""

import json

import pytest


def _pointers(folder):
    for path in folder.iterdir():
        if path.name != "README.md":
            path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")


def _links(folder):
    store = folder.with_name("store")
    folder.rename(store)
    folder.mkdir()
    for path in store.iterdir():
        (folder / path.name).symlink_to(path)


def _below(folder):
    folder.rename(folder.with_name("moved"))
    folder.mkdir()
    folder.with_name("moved").rename(folder / "4bit")


def _no_tensors_file(folder):
    (folder / "model.safetensors").rename(folder / "weights.00.safetensors")
    (folder / "model.safetensors.index.json").unlink()


LEFT_BEHIND = {
    "pointers": (_pointers, "git lfs pull"),
    "links": (_links, "cp -RL"),
    "around a model": (_below, "Choose the folder 4bit"),
    "weights of 2023": (_no_tensors_file, "weights.00.safetensors"),
}


@pytest.mark.parametrize(("spoil", "word"), LEFT_BEHIND.values(), ids=LEFT_BEHIND)
def test_one_reason_and_what_to_do(model, run, spoil, word):
    spoil(model)
    _, out, _ = run("inspect", model, "--json")
    (finding,) = [one for one in json.loads(out)["findings"] if one["severity"] == "blocker"]
    assert word in finding["what"] + finding["advice"]
    code, out, err = run("convert", model)
    assert (code, out) != (0, "")
    assert word in " ".join(err.split())  # it is broken into lines


def test_the_folder_that_the_finding_names_converts(model, run, tmp_path):
    _below(model)
    assert run("convert", model / "4bit", "--output", tmp_path / "made.gguf")[0] == 0
