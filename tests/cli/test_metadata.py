"""--metadata: shown beforehand, in JSON, and in the file."""

import json

from tests.core.verify.spoil import read_keys


def test_what_was_chosen_is_shown_and_written(model, run, tmp_path):
    chosen = ("--metadata", "author=Me", "--metadata", "general.tags=one, two", "--metadata", "size_label=")
    out = run("inspect", model, *chosen)[1]
    assert "Metadata      general.author: Me" in out
    assert "Metadata      general.tags: one, two" in out
    assert "Metadata      general.size_label: left out" in out
    data = json.loads(run("inspect", model, *chosen, "--json")[1])
    assert data["edited_metadata"] == ["general.author", "general.tags", "general.size_label"]
    assert data["metadata"]["general.author"] == "Me"
    target = tmp_path / "x.gguf"
    assert run("convert", model, *chosen, "-o", target)[0] == 0
    keys = read_keys(target)
    assert (keys["general.author"], keys["general.tags"]) == ("Me", ["one", "two"])
    assert "general.size_label" not in keys
    assert target.stat().st_size == data["byte_count"]


def test_what_cannot_be_chosen_is_wrong_usage(model, run):
    code, _, err = run("convert", model, "--metadata", "general.architecture=llama")
    assert code == 2
    assert "is not a key that can be chosen" in err
