"""deliver: what it says, and what it refuses."""

import shutil

import pytest

from app.cli.deliver_lm_studio import SAID
from app.core.deliver import arrival
from app.core.deliver.arrival import Way
from tests.core.deliver.finished_file import finished_file


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USER", "somebody")
    (tmp_path / "home" / ".lmstudio").mkdir(parents=True)
    return tmp_path / "home" / ".lmstudio" / "models"


@pytest.fixture
def file(tmp_path):
    return finished_file(tmp_path / "my-model-Q8_0.gguf")


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
