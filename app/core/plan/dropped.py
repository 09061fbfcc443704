"""Which tensors of the folder are not written, and why."""

from collections.abc import Iterator

from app.core.model.identify import Model
from app.core.model.source_tensors import SourceTensors
from app.core.plan.conversion_plan import DroppedTensor
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.options import HeadChoice
from app.core.text import Text, text

NOTHING_WRITTEN = text("nothing is written while a finding blocks the conversion")


def left_out(model: Model, sources: SourceTensors) -> Iterator[DroppedTensor]:
    """Whatever is chosen."""
    assert model.family is not None
    family = model.family
    for one, tensor in model.number_tensors(sources):
        key = one.rule.key.format(arch=family.gguf)
        yield DroppedTensor(tensor, text("its value is in the header: {key}", key=key))
    yield from (DroppedTensor(tensor, reason) for tensor, reason in sources.dropped)
    not_known = text("not known for {family}", family=family.name)
    yield from (DroppedTensor(tensor, not_known) for tensor in sources.unknown)


def dropped_for_head(model: Model, sources: SourceTensors, verdict: LmHeadVerdict) -> Iterator[DroppedTensor]:
    """Head or embedding, by the verdict."""
    assert model.family is not None
    keys = {one.rule.name: one.key for one in model.expected}
    held = (sources.found.get(keys.get(name, "")) for name in (model.family.lm_head, model.family.embedding))
    head, embedding = (one.named[0] if one else None for one in held)
    if head is not None and verdict.action not in (HeadAction.WRITE_HEAD, HeadAction.SHARE_HEAD):
        yield DroppedTensor(head, _reason_without_head(verdict))
    if embedding is not None and verdict.action is HeadAction.SHARE_HEAD:
        yield DroppedTensor(embedding, text("lm_head is the finer copy of the same matrix and takes its place"))


def _reason_without_head(verdict: LmHeadVerdict) -> Text:
    if verdict.choice is HeadChoice.SHARE and verdict.kind is not HeadKind.COPY:
        return text("you chose to share the embedding")
    return {
        HeadKind.COMPARING: text("being compared with the embedding…"),
        HeadKind.COPY: text("it equals the embedding, which llama.cpp uses for both"),
        HeadKind.QUANTIZED_TWICE: text("it is a coarser copy of the embedding"),
        HeadKind.IGNORED: text("MLX ignores it: it computes the output with the embedding"),
    }.get(verdict.kind, NOTHING_WRITTEN)
