"""Tiny bases with adapters: the file that is fused of both, and the adapter as a file of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from gguf import GGMLQuantizationType

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare, prepare_adapter, write_adapter
from app.core.ggml_types import OutputType, T
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.model.low_rank_pairs import Pair
from app.core.plan import ConversionPlan, PlannedTensor, PlanOptions
from app.core.plan.adapter import AdapterPlan
from app.core.plan.adapter.graphs import takes_adapters
from app.core.plan.header.file_size import file_byte_count
from tests.adapters import save_mlx_adapter
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

STRENGTH = (
    0.25  # of the adapter: answers then move by one nat or a few, and rounding counts no more than in real models
)


@dataclass(frozen=True)
class FineTune:
    """A tiny base, and an adapter that mlx-lm would have trained for all that it can."""

    base: Path
    adapter: Path

    @cached_property
    def plan(self) -> ConversionPlan:
        """Of the fused model, in F32."""
        checkpoint = open_checkpoint(self.base)
        adapters = (Applied(read_adapter(self.adapter), STRENGTH),)
        plan = prepare(identify(checkpoint, adapters)).plan(PlanOptions(OutputType.F32))
        assert plan.can_convert, [finding.what for finding in plan.blockers]
        return plan

    def base_file(self, path: Path) -> Path:
        return convert(without_updates(self.plan, lambda _: True), path).path

    def adapter_plan(self, kind: GGMLQuantizationType = T.F32) -> AdapterPlan:
        return prepare_adapter(self.adapter, self.base, kind)

    def taken(self) -> ConversionPlan:
        """The plan without what llama.cpp's graph does not take from an adapter."""
        graph = next(entry.value for entry in self.plan.metadata if entry.key == "general.architecture")
        return without_updates(self.plan, lambda tensor: not takes_adapters(graph, tensor.name))


def fine_tune(name: str, place: Path, keys: list[str] | None = None) -> FineTune:
    model = FamilyModel(name)
    published = save_published(model, place / "published", model.engines.get("set"))
    base = with_tokenizer(save_mlx(published, place / "base"))
    return FineTune(base, save_mlx_adapter(base, place / "adapter", keys=keys))


def without_updates(plan: ConversionPlan, which: Callable[[PlannedTensor], bool]) -> ConversionPlan:
    """The plan with the base's weights in `which` tensors."""

    def bare(tensor: PlannedTensor) -> PlannedTensor:
        sources = tuple(replace(source, updates=()) for source in tensor.sources)
        return replace(tensor, sources=sources) if which(tensor) else tensor

    return replace(plan, tensors=tuple(map(bare, plan.tensors)))


def only(plan: AdapterPlan, pairs: tuple[Pair, ...]) -> AdapterPlan:
    """An adapter with some of the pairs, whatever llama.cpp makes of them."""
    chosen = replace(plan, pairs=pairs, findings=())
    return replace(chosen, byte_count=file_byte_count(chosen.metadata, chosen.tensors))


def written(plan: AdapterPlan, path: Path) -> Path:
    return write_adapter(plan, path).path
