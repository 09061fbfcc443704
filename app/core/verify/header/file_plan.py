"""The plan that a finished file corresponds to: the folder's own, with the types that the file has."""

from collections.abc import Iterator
from dataclasses import replace

from app.core.architectures import Head
from app.core.convert.prepare import with_pre_tokenizer
from app.core.errors import PlanError
from app.core.ggml_types import OutputType
from app.core.model.identify import Model
from app.core.plan import ConversionPlan, Method, PlannedTensor, PlanOptions, Prepared
from app.core.plan.head.judge import OUTPUT
from app.core.plan.head.lm_head import HeadAction
from app.core.plan.planned_tensors import placed
from app.core.plan.types.tensor_types import byte_size
from app.core.text import text
from app.core.tokenizer.pre_tokenizer import RecognisedBy
from app.core.verify.header.gguf_file import GgufFile
from app.core.weights.gguf_header import FileTensor

PRE_TOKENIZER = "tokenizer.ggml.pre"


def plan_of_file(prepared: Prepared, file: GgufFile) -> ConversionPlan:
    """What this model would give, in the file's types. Raises PlanError where the folder gives no file at all.

    The file decides nothing else, except what the folder leaves open: the name of a pre-tokenizer that was not
    recognised, and whether an output matrix that equals the embedding is written. Its methods say nothing.
    """
    name = file.keys.get(PRE_TOKENIZER)
    words = prepared.vocabulary
    is_open = words and words.has_pre_tokenizers and words.recognised_by is RecognisedBy.NOTHING
    if is_open and isinstance(name, str):
        prepared = with_pre_tokenizer(prepared, name)
    plan = prepared.plan(PlanOptions(OutputType.F32, pre_tokenizer=prepared.pre_tokenizer))
    for finding in plan.blockers:
        raise PlanError(finding.what, finding.advice)
    if plan.is_provisional:
        raise PlanError(text("The plan is not final: the weights or the vocabulary have not been read yet."))
    tensors = [*plan.tensors]
    if OUTPUT in file.tensors and not any(tensor.name == OUTPUT for tensor in tensors):
        tensors += _embedding_as_output(prepared.model, plan)
    return replace(plan, tensors=tuple(_as_in_file(tensor, file.tensors.get(tensor.name)) for tensor in tensors))


def _embedding_as_output(model: Model, plan: ConversionPlan) -> Iterator[PlannedTensor]:
    """The embedding, as MLX computes the output with it."""
    assert model.family is not None
    assert plan.layout is not None
    if model.family.head.llama_cpp is not Head.NEVER:
        for one in placed(model, model.sources(plan.layout), (), HeadAction.WRITE_EMBEDDING_TWICE):
            if one.name == OUTPUT:
                size = byte_size(one.shape, plan.tensors[0].type)
                yield PlannedTensor(one.name, one.sources, one.shape, plan.tensors[0].type, size, one.change)


def _as_in_file(tensor: PlannedTensor, stored: FileTensor | None) -> PlannedTensor:
    if stored is None or stored.shape != tensor.shape:
        return tensor
    method = Method.ENCODE if tensor.sources else Method.COMPUTE
    return replace(tensor, type=stored.type, byte_count=stored.byte_count, method=method, error=None, reason="")
