"""A file in parts is read as one, and llama.cpp loads it; parts that do not fit together are said to be so."""

import shutil
import struct

import pytest

from app.core.convert import convert
from app.core.errors import CheckpointError
from app.core.plan import PlanOptions
from app.core.verify.engines import EngineKind, EngineProcess
from app.core.verify.header.gguf_file import open_gguf
from app.core.verify.results.report import Verdict
from app.core.verify.verification import verify


@pytest.fixture(scope="module")
def made(sample, tmp_path_factory):
    """Paths of all parts of the sample."""
    plan = sample.plan(PlanOptions(split_max_size=10**6))
    return convert(plan, tmp_path_factory.mktemp("parts") / "sample.gguf").paths


@pytest.fixture
def parts(made, tmp_path):
    assert len(made) > 2
    return [shutil.copy(path, tmp_path / path.name) for path in made]


def test_all_parts_together_are_the_whole_file(made, sample_file):
    with open_gguf(made[0]) as parts, open_gguf(sample_file) as whole:
        assert parts.keys == whole.keys
        assert list(parts.tensors) == list(whole.tensors)
        for name, tensor in parts.tensors.items():
            assert (parts.raw(tensor) == whole.raw(whole.tensors[name])).all()


def test_llama_cpp_loads_the_first_part_and_it_passes_the_whole_check(made, sample):
    with EngineProcess(EngineKind.LLAMA_CPP) as engine:
        engine.ask("open", path=str(made[0]))
    report = verify(sample, None, made[0])
    assert (report.verdict.is_good, report.answers is not None) == (True, True), report
    assert report.verdict is not Verdict.BROKEN


def refused(path, match):
    with pytest.raises(CheckpointError, match=match), open_gguf(path):
        pass


def test_another_part_than_the_first(parts):
    refused(parts[1], "it is one of .* parts; the first of them stands for all")


def test_a_part_that_is_missing(parts):
    parts[2].unlink()
    refused(parts[0], parts[2].name)


def test_a_name_by_which_the_others_are_not_found(parts):
    refused(parts[0].rename(parts[0].with_name("other.gguf")), "whose name must be like other-00001-of-")


def test_parts_in_each_others_place(parts):
    shutil.copy(parts[1], parts[2])
    refused(parts[0], f"{parts[2].name}.*it is not the part that its name says")


def test_parts_that_have_another_number_of_tensors(parts):
    change_count(parts[0], "split.tensors.count", "<i", 7)
    refused(parts[0], "tensors together, not 7 as it says")


def test_a_number_of_parts_that_is_none(parts):
    change_count(parts[0], "split.count", "<H", 0)
    with open_gguf(parts[0]) as file:  # as llama-gguf-split --merge leaves it
        assert file.tensors


def change_count(path, key, form, value):
    content = bytearray(path.read_bytes())
    at = content.index(key.encode() + struct.pack("<I", 2 if form == "<H" else 5)) + len(key) + 4
    struct.pack_into(form, content, at, value)
    path.write_bytes(content)
