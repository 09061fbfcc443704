"""The plan: pure data that the table shows, the converter obeys and the header is written from."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from gguf import GGMLQuantizationType

from app.core.architectures import Layout
from app.core.architectures.ops import NOTHING, Change
from app.core.checkpoint import ModelTensor
from app.core.checkpoint.purpose import Task
from app.core.findings import Finding, Severity
from app.core.model.adapted import Applied
from app.core.model.imatrix import TensorImportance
from app.core.plan.head.lm_head import LmHeadVerdict
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.plan.options import PlanOptions
from app.core.plan.sources import Source, summarize
from app.core.plan.types.tensor_choices import TensorChoice


class Method(StrEnum):
    """How the values of a tensor come into the file."""

    COPY = "copy"  # the stored bytes as they are
    KEEP_BLOCKS = "keep blocks"  # GGUF's own blocks, whole rows or blocks of them in another order
    REPACK = "repack"  # MLX's codes and scales into blocks that hold the same numbers
    ENCODE = "encode"  # values, decoded where the folder has them quantized, into the type
    REQUANTIZE = "requantize"  # the same, for quantized weights and a type that does not hold their values
    COMPUTE = "compute"  # from config.json alone


class WrittenTensor(Protocol):
    """What a file's header says of a tensor, and how many bytes it has."""

    @property
    def name(self) -> str: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def type(self) -> GGMLQuantizationType: ...
    @property
    def byte_count(self) -> int: ...


@dataclass(frozen=True)
class PlannedTensor:
    """One tensor of the file. `shape` is in rows-first order, the reverse of GGUF's.

    `sources` are read one after the other; without any, `values` are written, which follow from config.json.
    `method` says how; `reason` why the type is not the one that was asked for, where that is to be said.
    `error` is the largest absolute change of a value: 0 where every value stays, None where only converting will tell.
    `choice` is what the person chose, where that decided about the type; `importance` what blocks are chosen by.
    """

    name: str
    sources: tuple[ModelTensor, ...]
    shape: tuple[int, ...]
    type: GGMLQuantizationType
    byte_count: int
    change: Change = NOTHING
    method: Method = Method.ENCODE
    reason: str = ""
    values: tuple[float, ...] = field(default=(), repr=False)
    error: float | None = None
    choice: TensorChoice | None = None
    importance: TensorImportance | None = None

    @cached_property
    def source(self) -> Source:
        """The sources as one thing to show."""
        return summarize(self.sources, self.shape)

    @property
    def keeps_codes(self) -> bool:
        """Whether quantized weights go into the file without being decoded."""
        is_quantized = any(source.quantization for source in self.sources)
        return is_quantized and self.method in (Method.COPY, Method.KEEP_BLOCKS, Method.REPACK)


@dataclass(frozen=True, slots=True)
class DroppedTensor:
    """A tensor of the folder that is not written, and why."""

    source: ModelTensor
    reason: str


@dataclass(frozen=True)
class ConversionPlan:
    """What will be written, to the byte. Provisional while the vocabulary or the look at the weights is missing.

    `layout` is the one that the folder was found, or said, to have; None when nothing could be planned. `task` is what
    the file will be for, `adapters` what is added to the folder's weights.
    """

    model_name: str
    architecture: str
    options: PlanOptions
    layout: Layout | None
    tensors: tuple[PlannedTensor, ...]
    dropped: tuple[DroppedTensor, ...]
    metadata: tuple[MetadataEntry, ...]
    findings: tuple[Finding, ...]
    lm_head: LmHeadVerdict
    byte_count: int
    is_provisional: bool
    task: Task = Task.TEXT
    adapters: tuple[Applied, ...] = ()

    @property
    def blockers(self) -> tuple[Finding, ...]:
        """The findings that must be settled before anything is written."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.BLOCKER)

    @cached_property
    def value_count(self) -> int:
        """Values of the folder that are written: of a head that is only a copy none. 0 where nothing is planned."""
        return sum({source.name: source.element_count for tensor in self.tensors for source in tensor.sources}.values())

    @property
    def can_convert(self) -> bool:
        """True when the plan is final and nothing stops it."""
        return not self.blockers and not self.is_provisional
