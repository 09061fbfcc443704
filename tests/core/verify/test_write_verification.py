"""The name of a report decides what it is; nothing is replaced that may not be."""

import json
from dataclasses import replace

import pytest

from app.core.errors import TargetError
from app.core.language import find_language
from app.core.verify.page import verification_page
from app.core.verify.results.report_words import markdown_lines
from app.core.verify.results.verification_data import verification_data
from app.core.verify.write_verification import write_verification
from tests.core.verify.made_reports import hostile_report, whole_report


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    return replace(whole_report(), folder=folder, file=tmp_path / "model.gguf")


def test_a_page(report, plan, tmp_path):
    chinese = find_language(["zh_CN"])
    write_verification(report, plan, tmp_path / "proof.HTML", language=chinese)
    assert (tmp_path / "proof.HTML").read_text(encoding="utf-8") == verification_page(report, plan, chinese)


def test_lines_for_a_model_card(report, plan, tmp_path):
    write_verification(report, plan, tmp_path / "proof.md")
    assert (tmp_path / "proof.md").read_text(encoding="utf-8") == markdown_lines(report) + "\n"


def test_json_has_the_plan_too_and_is_never_translated(report, plan, tmp_path):
    write_verification(report, plan, tmp_path / "proof.json", language=find_language(["zh_CN"]))
    data = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert {name: value for name, value in data.items() if name != "plan"} == verification_data(report)
    assert data["plan"]["lm_head"]["verdict"] == "untied"
    assert len(data["plan"]["tensors"]) == len(plan.tensors)


def test_letters_that_are_none(report, plan, tmp_path):
    for name in ("proof.html", "proof.json", "proof.md"):
        write_verification(replace(hostile_report(), folder=report.folder, file=report.file), plan, tmp_path / name)
        assert (tmp_path / name).read_bytes().decode("utf-8")


@pytest.mark.parametrize("name", ["proof", "proof.txt", "proof.gguf", "html"])
def test_another_name(report, plan, tmp_path, name):
    with pytest.raises(TargetError, match="not a name for a verification report"):
        write_verification(report, plan, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_replaces_only_what_it_may(report, plan, tmp_path):
    path = tmp_path / "proof.md"
    path.write_text("mine")
    with pytest.raises(TargetError, match="already exists"):
        write_verification(report, plan, path, overwrite=False)
    assert path.read_text() == "mine"
    write_verification(report, plan, path, overwrite=True)
    assert path.read_text() != "mine"


def test_not_into_the_model(report, plan):
    with pytest.raises(TargetError, match="only reads"):
        write_verification(report, plan, report.folder / "proof.html")


def test_not_over_the_file(report, plan, tmp_path):
    file = tmp_path / "model.json"
    file.write_bytes(b"GGUF")
    with pytest.raises(TargetError, match="both the model and the report"):
        write_verification(replace(report, file=file), plan, tmp_path / "MODEL.json")
    assert file.read_bytes() == b"GGUF"
