"""--split-max-size: sizes beforehand, parts afterwards, and what is said of them."""

import json

import pytest

SIZE = ("--type", "bf16", "--split-max-size", "1M")


def test_inspect_shows_the_sizes_beforehand(model, run):
    code, out, _ = run("inspect", model, *SIZE)
    assert code == 0
    assert "Divided into  3 files: 1.01 MB, 960 KB, 65.7 KB" in out
    data = json.loads(run("inspect", model, *SIZE, "--json")[1])
    assert [part["byte_count"] for part in data["parts"]][2] == 65_728
    assert sum(part["byte_count"] for part in data["parts"]) == data["byte_count"]
    assert json.loads(run("inspect", model, "--json")[1])["parts"] == []


def test_convert_names_the_first_part(model, run, tmp_path):
    code, out, err = run("convert", model, *SIZE, "-o", tmp_path / "x.gguf")
    assert (code, err) == (0, "")
    first = tmp_path / "x-00001-of-00003.gguf"
    assert f"Wrote {first}" in out
    assert "It is the first of 3 parts" in out
    assert out.splitlines()[-1].endswith(str(first))


def test_several_types_and_the_check_go_together_with_parts(model, run, tmp_path):
    (tmp_path / "out").mkdir()
    code, out, _ = run("convert", model, "--type", "bf16,q8_0", *SIZE[2:], "--verify", "--json", "-o", tmp_path / "out")
    assert code == 0
    both = json.loads(out)
    assert [len(one["parts"]) for one in both] == [3, 2]
    assert {part["name"] for one in both for part in one["parts"]} == {p.name for p in (tmp_path / "out").iterdir()}
    assert all(one["verification"]["is_good"] for one in both)


@pytest.mark.parametrize("name", ["x-00001-of-00003.gguf", "x-00002-of-00003.gguf"])
def test_no_part_is_the_report_too(name, model, run, tmp_path):
    target = tmp_path / "x.gguf"
    code, _, err = run("convert", model, *SIZE, "-o", target, "--report", tmp_path / name)
    assert code == 1
    assert "cannot be both the model and the report" in err


def test_a_size_that_is_none(model, run):
    code, _, err = run("convert", model, "--split-max-size", "4")
    assert code == 2
    assert "is not a size" in err
