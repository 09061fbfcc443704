"""The report: what was planned, found and written, for other programs."""

import hashlib
import json
from importlib.metadata import version

import numpy as np
import pytest
from gguf.quants import dequantize

from app import __version__
from app.core.convert import convert, report_data, sha256_of, write_report
from app.core.describe.plan_json import as_json
from app.core.errors import Cancelled, TargetError
from app.core.progress import Progress
from tests.core.convert.edit_folder import plan_of
from tests.quick_reader import QuickReader


@pytest.fixture
def report(changed_folder, target):
    """Plan, written file, and the report as another program reads it."""
    plan = plan_of(changed_folder, "q8_0")
    written = convert(plan, target)
    path = target.with_name("report.json")
    write_report(path, report_data(plan, written, sha256_of(target)))
    return plan, written, json.loads(path.read_text(encoding="utf-8"))


def test_names_the_file_by_its_digest(report, target):
    plan, _, data = report
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert data["file"] == {"name": "model.gguf", "byte_count": plan.byte_count, "sha256": digest}


def test_says_what_was_judged_and_found(report):
    plan, _, data = report
    assert data["lm_head"]["verdict"] == plan.lm_head.kind.value
    assert data["lm_head"]["comparison"]["differing_count"] == plan.lm_head.comparison.differing_count > 0
    assert [finding["what"] for finding in data["findings"]] == [finding.what for finding in plan.findings]
    assert data["findings"]


def test_lists_every_tensor(report):
    plan, _, data = report
    assert [(t["name"], t["source"], t["type"], tuple(t["shape"]), t["byte_count"]) for t in data["tensors"]] == [
        (t.name, t.source.name, t.type.name, t.shape, t.byte_count) for t in plan.tensors
    ]


def test_says_what_wrote_it(report):
    _, _, data = report
    versions = data["versions"]
    assert (versions["mlx-ferry"], versions["gguf"], versions["mlx"]) == (__version__, version("gguf"), version("mlx"))


def test_numbers_that_json_does_not_know_are_texts():
    raw = as_json({"a": [float("nan"), -float("inf"), {"b": float("inf")}], "c": (0.5, 1, None, "NaN")})
    assert json.loads(raw, parse_constant=pytest.fail) == {
        "a": ["NaN", "-Infinity", {"b": "Infinity"}],
        "c": [0.5, 1, None, "NaN"],
    }


def test_leaves_only_itself(report, target):
    assert sorted(path.name for path in target.parent.iterdir()) == ["model.gguf", "report.json"]


def test_hashing_reports_progress_and_can_be_cancelled(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(9_000_000))
    calls: list[Progress] = []
    assert sha256_of(file, calls.append) == hashlib.sha256(bytes(9_000_000)).hexdigest()
    assert [call.done for call in calls][-1] == 9_000_000
    assert len(calls) > 1
    with pytest.raises(Cancelled):
        sha256_of(file, is_cancelled=lambda: True)


def test_a_file_that_cannot_be_read_back(tmp_path):
    with pytest.raises(TargetError, match="cannot be read back"):
        sha256_of(tmp_path / "missing.gguf")


def test_a_report_that_cannot_be_written(tmp_path):
    (tmp_path / "report.json").mkdir()
    with pytest.raises(TargetError, match="cannot be written"):
        write_report(tmp_path / "report.json", {})
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_name_that_is_no_text(tmp_path):
    write_report(tmp_path / "report.json", {"name": "caf\udce9"})
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == {"name": "caf?"}


def test_tells_the_error_of_each_tensor(report, changed_folder, target):
    _, _, data = report
    written = values_of(target)
    exact = values_of(convert(plan_of(changed_folder, "f32"), target.with_name("exact.gguf")).path)
    for tensor in data["tensors"]:
        change = written[tensor["name"]] - exact[tensor["name"]]
        expected = np.sqrt(np.mean(change**2) / np.mean(exact[tensor["name"]] ** 2))
        assert tensor["relative_rmse"] == pytest.approx(expected, rel=1e-3)
        assert (tensor["type"] == "Q8_0") == (tensor["relative_rmse"] > 0)


def values_of(file):
    tensors = QuickReader(file).tensors
    return {tensor.name: dequantize(tensor.data, tensor.tensor_type).astype(np.float64) for tensor in tensors}
