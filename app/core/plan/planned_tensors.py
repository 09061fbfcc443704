"""The expected tensors that the folder holds → what is written of each."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gguf import GGUFValueType, Keys

from app.core.architectures import Head, Layout
from app.core.ggml_types import T
from app.core.model.expected_tensors import ExpectedForm, ExpectedTensor, at
from app.core.model.identify import Model
from app.core.model.packing import is_readable
from app.core.model.shapes import check_value_count
from app.core.model.source_tensors import SourceTensors
from app.core.model.sources import Sources
from app.core.model.value_ranges import fits
from app.core.plan.conversion_plan import Method, PlannedTensor
from app.core.plan.head.lm_head import HeadAction
from app.core.plan.types.imatrix_findings import uses_importance
from app.core.plan.types.mix import MixFacts
from app.core.plan.types.tensor_types import Draft, TypeRules, byte_size, choose_types
from app.core.text import text


def computed_tensors(model: Model) -> tuple[PlannedTensor, ...]:
    """What follows from config.json alone; llama.cpp's converter writes it first. Raises CONFIG_ERRORS."""
    assert model.family is not None
    layer_count = max((one.layer.index for one in model.expected), default=0) + 1
    found = []
    for computed in model.family.all_computed:
        values = computed.values(model.config)
        if values:
            _check_values(computed.gguf, values)
            shape = (len(values),)
            for index in range(layer_count if computed.per_layer else 1):
                name, size = computed.gguf.format(bid=index), byte_size(shape, T.F32)
                found.append(PlannedTensor(name, (), shape, T.F32, size, method=Method.COMPUTE, values=values))
    return tuple(found)


def drafts(model: Model, sources: SourceTensors) -> tuple[Draft, ...]:
    """What the folder holds of the file's tensors, in order, head and embedding as they are. Raises CONFIG_ERRORS."""
    found = ((one, sources.found.get(one.key)) for one in model.expected)
    made = (_draft(model, one, held, held.form) for one, held in found if held)
    return tuple(draft for draft in made if draft is not None)


def placed(model: Model, sources: SourceTensors, made: Iterable[Draft], action: HeadAction) -> Iterator[Draft]:
    """The drafts after the verdict: only head and embedding can be left out, or take each other's place."""
    assert model.family is not None
    family, is_saved_by_mlx = model.family, sources.layout is Layout.MLX
    head, embedding = family.lm_head, family.embedding
    instead = {
        HeadAction.WRITE_HEAD: {head: head},
        HeadAction.WRITE_EMBEDDING_TWICE: {head: embedding},
        HeadAction.SHARE_HEAD: {embedding: head},
    }.get(action, {})
    tables = {embedding: instead.get(embedding, embedding), head: instead.get(head)}
    keys = {one.rule.name: one.key for one in model.expected if one.rule.name in tables}
    by_key = {draft.key: draft for draft in made}
    for one in model.expected:
        name = one.rule.name
        if name not in tables:
            draft = by_key.get(one.key)
        else:
            held = sources.found.get(keys.get(tables[name] or "", ""))
            form = held.form if held and tables[name] == name else one.form(sources.layout)
            draft = _draft(model, one, held, form) if held else None
            if draft and family.tied_head and is_saved_by_mlx and (name, tables[name]) == (head, embedding):
                draft = replace(draft, change=at(one.layer, family.tied_head))
        if draft is not None:
            yield draft


def _draft(model: Model, one: ExpectedTensor, held: Sources, form: ExpectedForm) -> Draft | None:
    name = gguf_name(model, one)
    if name is None or one.rule.key or not all(is_readable(source) for source in held.named):
        return None
    check_value_count(one, form)
    return Draft(name, one.written_shape, held.tensors, form.change, one.rule.has_file_type, one.key)


def planned_tensors(made: Iterable[Draft], rules: TypeRules) -> Iterator[PlannedTensor]:
    """Drafts with their types, and with the importance that blocks are chosen by."""
    imatrix = rules.options.imatrix
    for tensor in choose_types(list(made), rules):
        if imatrix and uses_importance(tensor):
            yield replace(tensor, importance=imatrix.importance(tensor.name, tensor.shape))
        else:
            yield tensor


# Of which llama.cpp's mixes give more bits to what many query heads share: LLM_TYPE_70B in src/models/*.cpp
MODELS_OF_70B = {("llama", 80), ("deci", 80), ("qwen2", 80), ("olmo", 80)}


def mix_facts(model: Model) -> MixFacts:
    """What the rules of the mixes look at, from the metadata that llama.cpp reads."""
    assert model.family is not None
    values, graph, layers = model.values, model.family.gguf, model.layer_count
    heads, kv_heads = (
        _of_first_layer(values.get(key)) for key in (Keys.Attention.HEAD_COUNT, Keys.Attention.HEAD_COUNT_KV)
    )
    kv_heads = heads if kv_heads is None else kv_heads
    is_70b = (graph, layers) in MODELS_OF_70B and not (graph == "llama" and heads == kv_heads)
    group_size = (heads or 0) // kv_heads if kv_heads else 0
    return MixFacts(layers, values.get(Keys.LLM.EXPERT_COUNT) or 0, group_size, is_70b)


def _of_first_layer(value: int | list[int] | None) -> int | None:
    return value[0] if isinstance(value, list) and value else value if isinstance(value, int) else None


def _check_values(name: str, values: tuple[float, ...]) -> None:
    wrong = [value for value in values if not fits(name, GGUFValueType.FLOAT32, "", value)]
    if wrong:
        raise ValueError(text("{tensor} would hold {value!r:.40}", tensor=name, value=wrong[0]))


def gguf_name(model: Model, one: ExpectedTensor) -> str | None:
    """The name in the file, None where the graph has no place for it."""
    assert model.family is not None
    if model.family.head.llama_cpp is Head.NEVER and one.rule.name == model.family.lm_head:
        return None
    return one.key
