"""The wanted tensors that the folder holds → what is written of each."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import gguf
from gguf import GGUFValueType, Keys

from app.core.architectures import Architecture, Config
from app.core.model.config_check import layer_count, metadata_rows
from app.core.model.expected_tensors import WantedTensor
from app.core.model.packing import is_readable
from app.core.model.shapes import check_value_count
from app.core.model.source_tensors import SourceTensors
from app.core.model.value_ranges import fits
from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.head.lm_head import HeadAction
from app.core.plan.types.imatrix_findings import uses_importance
from app.core.plan.types.mix import MixFacts
from app.core.plan.types.tensor_types import F32, Draft, TypeRules, byte_size, choose_types

Names = gguf.TensorNameMap | None


def planned_tensors(
    family: Architecture,
    config: Config,
    wanted: list[WantedTensor],
    sources: SourceTensors,
    action: HeadAction,
    rules: TypeRules,
) -> Iterator[PlannedTensor]:
    """In the order of the file: what is computed first, as llama.cpp's converter does it. Raises CONFIG_ERRORS."""
    layer_count = max((one.layer.index for one in wanted), default=0) + 1
    names = name_map(family, layer_count)
    for computed in family.computed:
        values = computed.values(config)
        if values:
            _check_values(computed.gguf, values)
            shape = (len(values),)
            for index in range(layer_count if computed.per_layer else 1):
                yield PlannedTensor(
                    computed.gguf.format(bid=index), (), shape, F32, byte_size(shape, F32), values=values
                )
    drafts: list[Draft] = []
    for one in wanted:
        found = sources.found.get(_source_key(family, one.key, action) or "", ())
        name = gguf_name(one, names)
        if name and found and not one.rule.key and all(is_readable(source) for source in found):
            check_value_count(one, sources.layout)
            ops, has_file_type = one.ops(sources.layout), one.rule.has_file_type
            drafts.append(Draft(name, one.written_shape, found, ops, has_file_type))
    for draft, chosen in zip(drafts, choose_types(drafts, rules), strict=True):
        size = byte_size(draft.shape, chosen.type)
        tensor = PlannedTensor(
            draft.name,
            draft.sources,
            draft.shape,
            chosen.type,
            size,
            draft.ops,
            chosen.note,
            error=chosen.error,
            choice=chosen.choice,
        )
        imatrix = rules.options.imatrix if uses_importance(tensor) else None
        yield replace(tensor, importance=imatrix.importance(draft.name, draft.shape)) if imatrix else tensor


# Of which llama.cpp's mixes give more bits to what many query heads share: LLM_TYPE_70B in src/models/*.cpp
MODELS_OF_70B = {("llama", 80), ("deci", 80), ("qwen2", 80), ("olmo", 80)}


def mix_facts(family: Architecture, config: Config) -> MixFacts:
    """What the rules of the mixes look at, from the metadata that llama.cpp reads. Raises CONFIG_ERRORS."""
    values = {row.key: row.value_of(config) for row in metadata_rows(family)}
    heads, groups = (
        _of_first_layer(values.get(key)) for key in (Keys.Attention.HEAD_COUNT, Keys.Attention.HEAD_COUNT_KV)
    )
    groups = heads if groups is None else groups
    layers = layer_count(family, config)
    is_70b = (family.gguf, layers) in MODELS_OF_70B and not (family.gguf == "llama" and heads == groups)
    group_size = (heads or 0) // groups if groups else 0
    return MixFacts(layers, values.get(Keys.LLM.EXPERT_COUNT) or 0, group_size, is_70b)


def _of_first_layer(value: int | list[int] | None) -> int | None:
    return value[0] if isinstance(value, list) and value else value if isinstance(value, int) else None


def _check_values(name: str, values: tuple[float, ...]) -> None:
    wrong = [value for value in values if not fits(name, GGUFValueType.FLOAT32, "", value)]
    if wrong:
        raise ValueError(f"{name} would hold {wrong[0]!r:.40}")


def name_map(family: Architecture, layer_count: int) -> Names:
    """gguf's own map, None where the package does not know the architecture."""
    return _name_map(family.names_like or family.gguf, layer_count)


@lru_cache(maxsize=4)  # every plan for a folder needs the same one, twice
def _name_map(architecture: str, layer_count: int) -> Names:
    arch = next((arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture), None)
    return None if arch is None else gguf.get_tensor_name_map(arch, layer_count)


def gguf_name(one: WantedTensor, names: Names) -> str | None:
    """The name in the file."""
    if one.gguf_name:
        return one.gguf_name
    return names.get_name(one.key, try_suffixes=(".weight", ".bias")) if names else None


def _source_key(family: Architecture, key: str, action: HeadAction) -> str | None:
    """Which of the folder's tensors goes to the place of `key`; only head and embedding can change places."""
    if key == family.lm_head:
        return {
            HeadAction.WRITE_HEAD: family.lm_head,
            HeadAction.WRITE_EMBEDDING_TWICE: family.embedding,
        }.get(action)
    if key == family.embedding and action is HeadAction.SHARE_HEAD:
        return family.lm_head
    return key
