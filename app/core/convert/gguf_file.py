"""gguf's writer, fed from a plan: the header at once, then one tensor after the other as a stream."""

import struct
from collections.abc import Callable, Sequence
from io import BufferedWriter, RawIOBase
from typing import IO, Any

import gguf
import numpy as np
from gguf import GGUFValueType
from gguf.gguf_writer import WriterState

from app.core.in_steps import in_steps
from app.core.plan import ConversionPlan, PlannedFile, PlannedTensor
from app.core.plan.adapter import AdapterPlan

NUMBERS = {GGUFValueType.FLOAT32: "<f4", GGUFValueType.INT32: "<i4", GGUFValueType.UINT32: "<u4"}
PACKED_WHOLE = (GGUFValueType.STRING, *NUMBERS)


class TensorStream:
    """Stands in for an array: gguf's writer asks it for `nbytes` and lets it write itself."""

    def __init__(self, byte_count: int, write: Callable[[IO[bytes]], None]) -> None:
        self.nbytes = byte_count
        self._write = write

    def tofile(self, file: IO[bytes]) -> None:
        """Write all bytes of the tensor."""
        self._write(file)


def write_side_by_side(
    writers: "Sequence[PlanWriter]",
    tensors: Sequence[PlannedTensor],
    write: Callable[[Sequence[IO[bytes]]], None],
    files: tuple[IO[bytes], ...] = (),
) -> None:
    """The next tensor of several files at once: `write` gets all of them, each open at its place.

    Every writer begins its tensor inside the one before it, and all end together.
    """
    if not writers:
        write(files)
        return
    inner = writers[1:], tensors[1:], write
    stream = TensorStream(tensors[0].byte_count, lambda file: write_side_by_side(*inner, (*files, file)))
    writers[0].write_tensor_data(stream)  # type: ignore[arg-type]


class PlanWriter(gguf.GGUFWriter):
    """Writes the header that the plan describes. Long arrays are packed whole: 0.1 s instead of 0.9 for Gemma."""

    def __init__(self, file: RawIOBase, plan: PlannedFile | ConversionPlan | AdapterPlan) -> None:
        """Writes to an open file: under its name there may be another one by now."""
        super().__init__(None, "")
        self.kv_data = [{e.key: gguf.GGUFValue(e.value, e.type, e.item_type) for e in plan.metadata}]
        for tensor in plan.tensors:
            # the dtype is only looked at when no GGUF type is given
            self.add_tensor_info(
                tensor.name, tensor.shape, np.dtype(np.float32), tensor.byte_count, raw_dtype=tensor.type
            )
        self.fout, self.state = [BufferedWriter(file)], WriterState.EMPTY

    def write_header(self) -> None:
        """Everything before the first tensor."""
        self.write_header_to_file()
        self.write_kv_data_to_file()
        self.write_ti_data_to_file()

    def _pack_val(
        self, val: Any, vtype: GGUFValueType, add_vtype: bool, sub_type: GGUFValueType | None = None
    ) -> bytes:
        if vtype is not GGUFValueType.ARRAY or sub_type not in PACKED_WHOLE:
            return super()._pack_val(val, vtype, add_vtype, sub_type)
        head = struct.pack("<I", vtype) if add_vtype else b""
        head += struct.pack("<IQ", sub_type, len(val))
        return b"".join([head, *(_pack_items(some, sub_type) for some in in_steps(val))])


def _pack_items(items: Sequence[Any], kind: GGUFValueType) -> bytes:
    if kind is GGUFValueType.STRING:
        texts = list(map(str.encode, items))
        lengths = {length: struct.pack("<Q", length) for length in set(map(len, texts))}
        parts = [b""] * (2 * len(texts))
        parts[0::2] = map(lengths.__getitem__, map(len, texts))
        parts[1::2] = texts
        return b"".join(parts)
    return np.array(items, dtype=NUMBERS[kind]).tobytes()
