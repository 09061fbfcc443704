"""The wanted tensors that the folder holds → what is written of each."""

from collections.abc import Iterator

import gguf

from app.core.architectures import Architecture, ComputedTensor, Config, Layout
from app.core.architectures.ops import LARGEST
from app.core.checkpoint import ModelTensor
from app.core.plan.conversion_plan import PlannedTensor
from app.core.plan.lm_head import HeadAction
from app.core.plan.options import PlanOptions
from app.core.plan.source_tensors import SourceTensors
from app.core.plan.tensor_types import F32, byte_size, choose_type, is_readable
from app.core.plan.value_count import check_value_count
from app.core.plan.wanted_tensors import WantedTensor

Names = gguf.TensorNameMap | None


def planned_tensors(
    family: Architecture,
    config: Config,
    wanted: list[WantedTensor],
    sources: SourceTensors,
    action: HeadAction,
    options: PlanOptions,
) -> Iterator[PlannedTensor]:
    """In the order of the file: what is computed first, as llama.cpp's converter does it. Raises CONFIG_ERRORS."""
    layer_count = max((one.layer.index for one in wanted), default=0) + 1
    names = name_map(family, layer_count)
    for computed in family.computed:
        values = computed.values(config)
        if values:
            _check_values(computed, values)
            shape = (len(values),)
            for index in range(layer_count if computed.per_layer else 1):
                yield PlannedTensor(
                    computed.gguf.format(bid=index), (), shape, F32, byte_size(shape, F32), values=values
                )
    for one in wanted:
        found = sources.found.get(_source_key(family, one.key, action) or "", ())
        name = gguf_name(one, names)
        if name and found and all(is_readable(source) for source in found):
            yield _planned(one, name, sources.layout, found, options)


def _check_values(computed: ComputedTensor, values: tuple[float, ...]) -> None:
    for value in values:
        if type(value) not in (int, float) or not abs(value) <= LARGEST:
            raise ValueError(f"{computed.gguf} would hold {value!r:.40}")


def name_map(family: Architecture, layer_count: int) -> Names:
    """gguf's own map, None where the package does not know the architecture."""
    known = family.names_like or family.gguf
    arch = next((arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == known), None)
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


def _planned(
    one: WantedTensor, name: str, layout: Layout, found: tuple[ModelTensor, ...], options: PlanOptions
) -> PlannedTensor:
    check_value_count(one, layout)
    shape = one.written_shape
    ops = one.ops(layout)
    kind, note = choose_type(found[0], name, shape, options.output_type, ops)
    return PlannedTensor(name, found, shape, kind, byte_size(shape, kind), ops, note)
