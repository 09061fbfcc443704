"""A name in the place of a path."""

import pickle
from pathlib import Path

import pytest

from app.core.deliver.named_model import AmbiguousNameError, path_or_model
from app.core.errors import CheckpointError
from tests.core.deliver.model_trees import PACKED, WHOLE, cached, fill


@pytest.fixture
def cache(home):
    return home / ".cache" / "huggingface" / "hub"


@pytest.mark.parametrize("name", ["org/Some-Model", "Some-Model", "some-model", "ORG/some-MODEL"])
def test_by_its_whole_name_or_the_last_part(name, cache):
    snapshot = cached(cache, "org/Some-Model", WHOLE)
    cached(cache, "org/Some-Model-2", WHOLE)
    assert path_or_model(Path(name)) == snapshot


@pytest.mark.parametrize("name", ["model", "org/model"])
def test_a_path_always_wins(name, cache, home):
    cached(cache, "org/model", WHOLE)
    (home / name).mkdir(parents=True)
    assert path_or_model(Path(name)) == Path(name)
    (home / name).rmdir()
    (home / name).symlink_to("nowhere")
    assert path_or_model(Path(name)) == Path(name)


@pytest.mark.parametrize("name", ["other", "org", "/org/model", "../model", "~/model", "a/org/model"])
def test_what_is_no_name_of_a_model_stays(name, cache):
    cached(cache, "org/model", WHOLE)
    assert path_or_model(Path(name)) == Path(name)


def test_a_name_of_several_is_refused_with_what_would_tell_them_apart(cache, models):
    cached(cache, "one/model", WHOLE)
    fill(models / "two" / "model", WHOLE)
    with pytest.raises(AmbiguousNameError, match="Several models") as caught:
        path_or_model(Path("model"))
    assert caught.value.candidates == ("one/model", "two/model")
    assert "one/model, two/model" in caught.value.hint
    assert pickle.loads(pickle.dumps(caught.value)).candidates == caught.value.candidates
    assert path_or_model(Path("two/model")) == models / "two" / "model"


def test_by_their_folders_where_names_are_the_same(cache, models):
    snapshot = cached(cache, "org/model", WHOLE)
    other = fill(models / "org" / "model", WHOLE)
    with pytest.raises(AmbiguousNameError) as caught:
        path_or_model(Path("org/model"))
    assert set(caught.value.candidates) == {str(snapshot), str(other)}


def test_half_a_download_is_no_second_one(cache, models):
    cached(cache, "org/model", {"config.json": PACKED}, half=True)
    with pytest.raises(CheckpointError, match="not complete"):
        path_or_model(Path("model"))
    whole = fill(models / "org" / "model", WHOLE)
    assert path_or_model(Path("model")) == whole
