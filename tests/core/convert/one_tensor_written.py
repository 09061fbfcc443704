"""One stored tensor, planned, and the bytes that the pipeline makes of it for the file."""

from gguf import GGMLQuantizationType

from app.core.architectures.ops import NOTHING
from app.core.convert.chunk_worker import ChunkJob, ChunkWorker, encoded_size
from app.core.model.packing import is_repacked
from app.core.plan import Method, PlannedTensor
from app.core.plan.types.tensor_types import byte_size
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import CHUNK, chunks_of


def planned(source, change=NOTHING, kind=GGMLQuantizationType.F32) -> PlannedTensor:
    """Repacked where that can be done."""
    method = Method.REPACK if is_repacked(source, change, kind) else Method.ENCODE
    return PlannedTensor("t.weight", (source,), source.shape, kind, byte_size(source.shape, kind), change, method)


def written(tensor: PlannedTensor, size=CHUNK) -> bytes:
    """The bytes of the file, from chunks of `size` values."""
    (source,) = tensor.sources
    with WeightReader({part.file for part in source.parts}) as reader:
        worker, pieces = ChunkWorker(reader, 1), []
        for chunk in chunks_of(source, tensor.change, size):
            job = ChunkJob((tensor,), chunk)
            pieces.append(worker(0, job)[0].data.tobytes())
            assert len(pieces[-1]) == encoded_size(job, tensor)
    return b"".join(pieces)
