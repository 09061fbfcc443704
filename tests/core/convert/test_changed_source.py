"""A folder that changes after it was looked at: refused, and nothing is left."""

import os

import pytest

from app.core.convert import convert
from app.core.errors import ConversionError
from app.core.progress import Progress
from tests.core.convert.edit_folder import plan_of


def vanish(path):
    path.unlink()


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def grow(path):
    with path.open("ab") as file:
        file.write(b"more")


def rewrite(path):
    """Other weights of the same size, as a second save makes them."""
    with path.open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(b"\1\2\3\4")


def become_a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.fixture
def changing(tied_folder, copy_folder):
    """Plan and weight file of a folder that may be changed."""
    folder = copy_folder(tied_folder)
    return plan_of(folder), folder / "model.safetensors"


@pytest.mark.parametrize("change", [vanish, cut, grow, rewrite, become_a_folder])
def test_changed_before_the_conversion(change, changing, target):
    plan, path = changing
    change(path)
    calls: list[Progress] = []
    assert_refused(plan, target, on_progress=calls.append)
    assert not calls


@pytest.mark.parametrize("change", [cut, rewrite])
def test_changed_during_the_conversion(change, changing, target):
    plan, path = changing

    def once(progress):
        if progress.item == plan.tensors[0].name:
            change(path)

    assert_refused(plan, target, on_progress=once, threads=1)


def assert_refused(plan, target, **how):
    with pytest.raises(ConversionError, match=r"^model\.safetensors ") as caught:
        convert(plan, target, **how)
    assert caught.value.hint
    assert not list(target.parent.iterdir())


def test_vanished_during_the_conversion(changing, target):
    """An open file stays readable, and its bytes are those that were looked at."""
    plan, path = changing
    convert(plan, target, on_progress=lambda _: path.unlink(missing_ok=True))
    assert target.stat().st_size == plan.byte_count
