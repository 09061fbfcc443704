"""deliver: what it says, and what it refuses."""

import json
import os
import shutil

import pytest

from app.cli.deliver_command import RUN
from app.cli.deliver_lm_studio import SAID
from app.cli.deliver_options import DESTINATIONS
from app.core.deliver import arrival
from app.core.deliver.arrival import Way
from app.core.errors import TargetError
from tests.core.deliver.finished_file import finished_file


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USER", "somebody")
    monkeypatch.setattr(arrival, "SHARING", ((Way.LINK, os.link),))  # whatever the tests' disk can do
    (tmp_path / "home" / ".lmstudio").mkdir(parents=True)
    return tmp_path / "home" / ".lmstudio" / "models"


@pytest.fixture
def file(tmp_path):
    return finished_file(tmp_path / "my-model-Q8_0.gguf")


def test_every_destination_that_may_be_named_is_known():
    assert {*RUN} == {*DESTINATIONS}


def test_into_lm_studio(file, models, run):
    code, out, err = run("deliver", file, "--to", "lm-studio")
    path = models / "somebody" / "my-model" / file.name
    assert (code, err) == (0, "")
    assert str(path) in out
    assert "takes no room" in out
    assert path.is_file()
    assert "has it already" in run("deliver", file, "--to", "lm-studio")[1]


def test_a_copy_under_other_names(file, models, run, monkeypatch):
    monkeypatch.setattr(arrival, "SHARING", ())
    _, out, _ = run("deliver", file, "--to", "lm-studio", "--publisher", "me", "--model", "mine")
    assert out == f"LM Studio has a copy of it, {models / 'me' / 'mine' / file.name}.\n"


def test_moved(file, models, run):
    _, out, _ = run("deliver", file, "--to", "lm-studio", "--move")
    assert out == f"It was moved to LM Studio, as {models / 'somebody' / 'my-model' / file.name}.\n"
    assert not file.exists()


def test_what_is_there_is_replaced_only_if_asked(file, models, run):
    path = finished_file(models / "somebody" / "my-model" / file.name, value=2)
    code, out, err = run("deliver", file, "--to", "lm-studio")
    assert (code, out) == (1, "")
    assert "already exists" in err
    assert run("deliver", file, "--to", "lm-studio", "--overwrite")[0] == 0
    assert path.read_bytes() == file.read_bytes()


def test_a_file_that_is_not_there(tmp_path, models, run):
    code, _, err = run("deliver", tmp_path / "none.gguf", "--to", "lm-studio")
    assert code == 1
    assert "No such file" in err


def test_nowhere_else(file, run):
    assert run("deliver", file)[0] == 2
    assert run("deliver", file, "--to", "the-moon")[0] == 2


def test_a_clone(file, models, run, monkeypatch):
    monkeypatch.setattr(arrival, "SHARING", ((Way.CLONE, shutil.copyfile),))
    assert "a clone" in run("deliver", file, "--to", "lm-studio")[1]


def test_every_way_has_its_sentence():
    assert set(SAID) == set(Way)


def test_convert_and_deliver(model, models, run):
    model = model.rename(model.with_name("mine"))
    code, out, err = run("convert", model, "--type", "f16,q8_0", "--to", "lm-studio", "-o", model.parent)
    folder = models / "somebody" / "mine"
    assert (code, err) == (0, "")
    for name in ("mine-F16.gguf", "mine-Q8_0.gguf"):
        assert (folder / name).read_bytes() == (model.parent / name).read_bytes()
        assert f"LM Studio has it as {folder / name}" in out


def test_what_stands_in_the_way_is_said_before_the_conversion(model, models, run):
    model = model.rename(model.with_name("mine"))
    other = finished_file(models / "somebody" / "mine" / "mine-F16.gguf")
    code, _, err = run("convert", model, "--type", "f16", "--to", "lm-studio")
    assert code == 1
    assert f"{other} already exists" in err
    assert not (model.parent / "mine-F16.gguf").exists()
    assert run("convert", model, "--type", "f16", "--to", "lm-studio", "--overwrite")[0] == 0
    assert other.samefile(model.parent / "mine-F16.gguf")


def test_the_json_of_a_conversion_stays_as_it_is(model, models, run):
    model = model.rename(model.with_name("mine"))
    code, out, _ = run("convert", model, "--type", "f16", "--to", "lm-studio", "--json")
    assert code == 0
    assert json.loads(out)["file"]["name"] == "mine-F16.gguf"
    assert (models / "somebody" / "mine" / "mine-F16.gguf").is_file()


def test_a_file_that_did_not_arrive_is_complete_all_the_same(model, models, run, monkeypatch):
    monkeypatch.setattr(arrival, "SHARING", ())
    monkeypatch.setattr(arrival, "check_space", lambda _: (_ for _ in ()).throw(TargetError("There is no room.")))
    code, out, err = run("convert", model, "--type", "f16", "--to", "lm-studio")
    assert code == 1
    assert "Wrote " in out
    assert "There is no room." in err
    assert "is complete." in err
