"""The digests that every machine has to meet, and the models that the self-test makes for itself."""

import json
import shutil

import pytest

from app.core.convert import convert, sha256_of
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.self_test import conversions, made_models
from app.self_test.check import CheckFailedError
from app.self_test.made_models import TRAINED, make_adapter, make_packed, sample


@pytest.mark.parametrize("kind", conversions.DIGESTS)
def test_the_sample_becomes_these_bytes(kind, tmp_path):
    plan = conversions._prepared(sample()).plan(PlanOptions(kind))
    written = convert(plan, tmp_path / "sample.gguf")
    assert sha256_of(written.path) == conversions.DIGESTS[kind]


def test_the_packed_sample_is_one_of_four_bits(tmp_path):
    prepared = conversions._prepared(make_packed(tmp_path / "packed"))
    packings = [one.quantization for one in prepared.model.checkpoint.tensors if one.quantization]
    assert len(packings) > 40
    assert {(one.bits, one.group_size) for one in packings} == {(4, 64)}
    assert prepared.plan(PlanOptions(OutputType.LOSSLESS)).can_convert


def test_the_sample_may_be_read_only(tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    shutil.copytree(sample(), locked)
    for path in (*locked.iterdir(), locked):
        path.chmod(path.stat().st_mode & ~0o222)
    monkeypatch.setattr(made_models, "sample", lambda: locked)
    folder = make_packed(tmp_path / "packed")
    assert all(path.stat().st_mode & 0o200 for path in (folder, *folder.iterdir()))
    locked.chmod(0o755)


def test_the_adapter_changes_two_matrices_of_every_layer(tmp_path):
    prepared = conversions._prepared(sample(), make_adapter(tmp_path / "adapter"))
    config = json.loads((sample() / "config.json").read_text(encoding="utf-8"))
    changed = [one for one in prepared.plan(PlanOptions()).tensors if any(s.updates for s in one.sources)]
    assert len(changed) == len(TRAINED) * config["num_hidden_layers"]


def test_another_file_than_the_known_one_fails(tmp_path, monkeypatch):
    monkeypatch.setitem(conversions.DIGESTS, OutputType.BF16, "0" * 64)
    with pytest.raises(CheckFailedError, match="not 0000"):
        conversions._converts(tmp_path, OutputType.BF16)


def test_a_step_that_was_left_out_fails(tmp_path, monkeypatch):
    monkeypatch.setattr("app.core.verify.verification.known_difference", lambda *_: "no engine")
    with pytest.raises(CheckFailedError, match=r"was left out: no engine"):
        conversions._converts(tmp_path, OutputType.BF16)
