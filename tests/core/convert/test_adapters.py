"""With an adapter: the same file whatever the threads and chunks, and what it does not touch as it is without it."""

from hashlib import sha256
from unittest.mock import Mock

import pytest

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import chunk_worker, convert, prepare
from app.core.encode.encoder import encode_changed
from app.core.ggml_types import OutputType
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from tests.adapters import save_mlx_adapter
from tests.core.encode.both_encoders import as_on_intel, need_kernels
from tests.core.without_kernels import without_kernels
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import gemma3_folder, with_tokenizer

CASES = (("gemma3", "lora"), ("gemma3", "dora"), ("llama", "lora"), ("qwen3_moe", "lora"), ("deepseek_v3", "lora"))


def prepared(base, *adapters):
    return prepare(identify(open_checkpoint(base), tuple(Applied(read_adapter(one)) for one in adapters)))


def digest(path):
    found = sha256(path.read_bytes()).hexdigest()
    path.unlink()
    return found


def base_of(name, folder):
    if name == "gemma3":
        return gemma3_folder(folder / "base", quantize=lambda _: True)
    return with_tokenizer(save_mlx(save_published(FamilyModel(name), folder / "published"), folder / "base"))


@pytest.mark.parametrize(("name", "method"), CASES)
def test_threads_and_chunks_change_nothing(name, method, tmp_path, monkeypatch):
    base = base_of(name, tmp_path)
    adapters = [save_mlx_adapter(base, tmp_path / f"{method}{rank}", method, rank=rank) for rank in (4, 40)]
    plan = prepared(base, *adapters).plan(PlanOptions(OutputType.Q8_0))
    target = tmp_path / "file.gguf"
    found = {digest(convert(plan, target, threads=threads).path) for threads in (1, 2, 3, 8)}
    for size in (1 << 12, 3 << 13):  # the smallest holds a few rows
        monkeypatch.setattr(chunk_worker, "CHUNK", size)
        found.add(digest(convert(plan, target).path))
    assert len(found) == 1


@as_on_intel
@pytest.mark.parametrize("name", [name for name, method in CASES if method == "lora"])
def test_one_adapter_is_added_and_encoded_at_once_with_the_same_bytes(name, tmp_path, monkeypatch):
    need_kernels()
    base = base_of(name, tmp_path)
    plan = prepared(base, save_mlx_adapter(base, tmp_path / "adapter", "lora", rank=40)).plan(
        PlanOptions(OutputType.Q8_0)
    )
    at_once = Mock(side_effect=encode_changed)
    monkeypatch.setattr(chunk_worker, "encode_changed", at_once)
    target = tmp_path / "file.gguf"
    found = {digest(convert(plan, target, threads=threads).path) for threads in (1, 2)}
    assert at_once.called
    with without_kernels():
        found.add(digest(convert(plan, target).path))
    assert len(found) == 1


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A folder in 4 bits, and an adapter for two layers of it."""
    root = tmp_path_factory.mktemp("packed")
    base = gemma3_folder(root / "base", quantize=lambda _: True)
    return base, save_mlx_adapter(base, root / "adapter", layers=2)


@pytest.fixture(scope="module")
def both(packed):
    return prepared(packed[0]), prepared(*packed)


def test_what_an_adapter_changes_is_said_to_be_changed_by_it(both):
    plan = both[1].plan(PlanOptions())
    touched = sum(bool(tensor.source.updates) for tensor in plan.tensors)
    (how_exact,) = (finding for finding in plan.findings if finding.code == "packed-weights")
    assert f"The adapter changes {touched} of them" in how_exact.meaning
    assert "no matching format" not in how_exact.meaning
    assert "decoded-weights" not in [finding.code for finding in plan.findings]


@pytest.mark.parametrize("kind", OutputType)
def test_what_is_not_touched_stays_byte_for_byte(kind, both, tmp_path):
    plain, tuned = (made.plan(PlanOptions(kind)) for made in both)
    touched = {tensor.name for tensor in tuned.tensors if tensor.source.updates}
    assert 0 < len(touched) < len(tuned.tensors) / 2
    if tuned.blockers:  # a type that needs an importance matrix
        assert plain.blockers
        return
    untouched = [one for one in tuned.tensors if one.name not in touched]
    assert [(one.name, one.type, one.method) for one in untouched] == [
        (one.name, one.type, one.method) for one in plain.tensors if one.name not in touched
    ]
    bytes_of = [
        {tensor.name: tensor.data.tobytes() for tensor in QuickReader(convert(plan, tmp_path / name).path).tensors}
        for plan, name in ((plain, "plain.gguf"), (tuned, "tuned.gguf"))
    ]
    assert {name for name in bytes_of[0] if bytes_of[0][name] != bytes_of[1][name]} == touched
