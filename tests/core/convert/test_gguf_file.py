"""PlanWriter packs arrays whole; the bytes are those of gguf's own writer."""

from dataclasses import replace
from io import FileIO

import gguf
import numpy as np
import pytest
from gguf import GGUFValueType

from app.core import in_steps
from app.core.convert.gguf_file import PlanWriter
from app.core.plan import MetadataEntry
from tests.core.convert.edit_folder import plan_of

ARRAYS = {
    GGUFValueType.STRING: ("", "a", "▁größe", "<0x0A>", "\n", "é" * 300),
    GGUFValueType.FLOAT32: (0.0, -0.0, 1e-45, 3.4028234e38, -1.5, float("inf"), 0.1),
    GGUFValueType.INT32: (0, -1, 2**31 - 1, -(2**31)),
    GGUFValueType.UINT32: (0, 2**32 - 1),
    GGUFValueType.BOOL: (True, False),
    GGUFValueType.UINT64: (2**63,),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays(kind, tied_plan, tmp_path):
    entries = (
        MetadataEntry("test.array", ARRAYS[kind], GGUFValueType.ARRAY, kind),
        MetadataEntry("test.text", "größe", GGUFValueType.STRING),
        MetadataEntry("test.long", (7,) * 70_000, GGUFValueType.ARRAY, GGUFValueType.INT32),
    )
    plan = replace(tied_plan, metadata=entries)
    assert header(PlanWriter(FileIO(tmp_path / "ours", "w"), plan), tmp_path / "ours") == header(
        gguf_own(tmp_path / "own", plan), tmp_path / "own"
    )


def test_a_whole_header(tied_plan, tmp_path):
    ours = header(PlanWriter(FileIO(tmp_path / "ours", "w"), tied_plan), tmp_path / "ours")
    assert ours == header(gguf_own(tmp_path / "own", tied_plan), tmp_path / "own")


def test_a_header_made_in_short_steps(tied_folder, tied_plan, tmp_path, monkeypatch):
    """Of a vocabulary, too, that is read so."""
    monkeypatch.setattr(in_steps, "STEP", 3)
    plan = plan_of(tied_folder)
    assert (plan.metadata, plan.byte_count) == (tied_plan.metadata, tied_plan.byte_count)
    ours = header(PlanWriter(FileIO(tmp_path / "ours", "w"), plan), tmp_path / "ours")
    assert ours == header(gguf_own(tmp_path / "own", tied_plan), tmp_path / "own")


def gguf_own(path, plan):
    writer = gguf.GGUFWriter(path, "")
    writer.kv_data = [{}]
    for entry in plan.metadata:
        writer.add_key_value(entry.key, entry.value, entry.type, entry.item_type)
    for tensor in plan.tensors:
        writer.add_tensor_info(tensor.name, tensor.shape, np.dtype("f4"), tensor.byte_count, raw_dtype=tensor.type)
    return writer


def header(writer, path):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return path.read_bytes()
