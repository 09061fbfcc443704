"""The plan of an adapter's file: two tensors for each tensor of the base that it changes."""

from dataclasses import dataclass
from math import prod
from pathlib import Path

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.findings import Finding, Severity
from app.core.model.low_rank_pairs import Pair
from app.core.plan.header.metadata_entry import MetadataEntry

EMBEDDING = "token_embd.weight"


@dataclass(frozen=True)
class AdapterTensor:
    """One tensor of an adapter's file. `shape` is in rows-first order, the reverse of GGUF's."""

    name: str
    shape: tuple[int, ...]
    type: GGMLQuantizationType

    @property
    def byte_count(self) -> int:
        """Of its values."""
        block, block_bytes = GGML_QUANT_SIZES[self.type]
        return prod(self.shape) // block * block_bytes


@dataclass(frozen=True)
class AdapterPlan:
    """What will be written, to the byte; `pairs` are the base's tensors that it changes, two of `tensors` for each.

    `folders` are those of the adapter and its base, which are only read.
    """

    name: str
    graph: str
    type: GGMLQuantizationType
    pairs: tuple[Pair, ...]
    metadata: tuple[MetadataEntry, ...]
    findings: tuple[Finding, ...]
    byte_count: int
    folders: frozenset[Path]

    @property
    def tensors(self) -> tuple[AdapterTensor, ...]:
        """In the order of the file: the first factor of each pair, then the second."""
        return tuple(tensor for pair in self.pairs for tensor in tensors_of(pair, self.type))

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """What stops it."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.BLOCKER)


def is_embedding(pair: Pair) -> bool:
    """Whether llama.cpp looks rows up in the first factor: src/llama-graph.cpp, build_inp_embd."""
    return pair.name == EMBEDDING


def tensors_of(pair: Pair, kind: GGMLQuantizationType) -> tuple[AdapterTensor, AdapterTensor]:
    """The two factors: (…, rank, columns) and (…, rows, rank); of the embedding (tokens, rank) and (width, rank)."""
    a, b = (*pair.matrices, pair.rank, pair.shape[-1]), (*pair.matrices, pair.row_count, pair.rank)
    if is_embedding(pair):
        a, b = b, (a[1], a[0])
    return AdapterTensor(f"{pair.name}.lora_a", a, kind), AdapterTensor(f"{pair.name}.lora_b", b, kind)
