"""Memory depends on the size of a chunk, not on that of a tensor."""

import json
import os
from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType as T

from app.core.checkpoint import open_checkpoint
from app.core.plan import Method
from app.core.plan.header.file_size import file_byte_count
from app.core.plan.types.tensor_types import byte_size
from tests.core.convert.in_process import command, outcome_of

MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"weight": ("BF16", 2, 1)}, "F16"),
        ({"weight": ("U32", 4, 8), "scales": ("BF16", 2, 64), "biases": ("BF16", 2, 64)}, "F16"),
    ],
    ids=["converted", "unpacked"],
)
def test_a_tensor_much_larger_than_a_chunk(parts, kind, tied_plan, tmp_path):
    rows, columns = 1 << 16, 3072  # 400 MB in the file
    folder = _sparse_folder(tmp_path / "huge", rows, columns, parts)
    (source,) = open_checkpoint(folder).tensors
    like = next(tensor for tensor in tied_plan.tensors if not tensor.change)
    tensor = replace(
        like,
        sources=(source,),
        shape=source.shape,
        type=type(like.type)[kind],
        byte_count=rows * columns * 2,
        method=Method.ENCODE,
    )
    plan = replace(tied_plan, tensors=(tensor,), byte_count=file_byte_count(tied_plan.metadata, (tensor,)))
    target = tmp_path / "huge.gguf"
    outcome = outcome_of(command(plan, target, tmp_path))
    assert not outcome["error"]
    assert target.stat().st_size == plan.byte_count
    target.unlink()
    assert outcome["growth"] < 150 * MEGABYTE, outcome


def test_several_files_at_once(tied_plan, tmp_path):
    rows, columns = 1 << 16, 1024
    parts = {"weight": ("BF16", 2, 1)}
    (source,) = open_checkpoint(_sparse_folder(tmp_path / "huge", rows, columns, parts)).tensors
    like = next(tensor for tensor in tied_plan.tensors if not tensor.change)
    plans = []
    for kind in (T.F32, T.F16, T.Q8_0, T.Q4_1):
        size = byte_size(source.shape, kind)
        tensor = replace(like, sources=(source,), shape=source.shape, type=kind, byte_count=size, error=None)
        total = file_byte_count(tied_plan.metadata, (tensor,))
        plans.append(replace(tied_plan, tensors=(tensor,), byte_count=total))
    outcome = outcome_of(command(plans, tmp_path / "huge.gguf", tmp_path))
    assert not outcome["error"]
    assert sorted(path.stat().st_size for path in tmp_path.glob("huge*.gguf")) == sorted(p.byte_count for p in plans)
    assert outcome["growth"] < 150 * MEGABYTE, outcome


def _sparse_folder(folder, rows, columns, parts):
    """One tensor of zeros that takes no room on the disk."""
    folder.mkdir()
    header, end = {}, 0
    for part, (dtype, item_bytes, values_per_item) in parts.items():
        start, end = end, end + rows * columns // values_per_item * item_bytes
        shape = [rows, columns // values_per_item]
        header[f"model.embed_tokens.{part}"] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    path = folder / "model.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    os.truncate(path, 8 + len(text) + end)
    packing = {"quantization": {"bits": 4, "group_size": 64}} if len(parts) > 1 else {}
    (folder / "config.json").write_text(json.dumps({"model_type": "gemma3_text", **packing}))
    return folder
