"""Numbers of config.json that are sound one by one, and cannot be together."""

import re
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any

from gguf import Keys

from app.core.architectures import Architecture, Config
from app.core.findings import Finding
from app.core.model.config_values import EXPERT_KEYS, Values, bad_config, impossible, name_of, not_set
from app.core.model.needed_keys import needed_of
from app.core.model.value_ranges import WHOLE, range_of
from app.core.text import Text, counted, text

# How many values of a head rotate; the same, where all do. For all layers, and for those with a window.
ROTATED = (
    (Keys.Rope.DIMENSION_COUNT, Keys.Attention.KEY_LENGTH),
    (Keys.Rope.DIMENSION_COUNT_SWA, Keys.Attention.KEY_LENGTH_SWA),
)
RECURRENT = re.compile(r"conv(1d)?\.weight$")  # a tensor that every recurrent layer has
# Heads, and the groups that share keys and values, or states
SHARED = (
    (Keys.Attention.HEAD_COUNT, Keys.Attention.HEAD_COUNT_KV),
    (Keys.SSM.TIME_STEP_RANK, Keys.SSM.GROUP_COUNT),
)

# The lengths that tensors have by a family's `sizes`, where the key is read from config.json as it stands
LENGTHS = {
    Keys.LLM.EMBEDDING_LENGTH: "hidden",
    Keys.LLM.FEED_FORWARD_LENGTH: "intermediate",
    Keys.LLM.EXPERT_FEED_FORWARD_LENGTH: "expert_intermediate",
    Keys.LLM.EXPERT_COUNT: "experts",
    Keys.Attention.HEAD_COUNT: "heads",
    Keys.Attention.HEAD_COUNT_KV: "kv_heads",
}


def contradictions(family: Architecture, config: Config, values: Values) -> Iterator[tuple[Finding, ...]]:
    """Findings, one kind after the other; what is wrong first makes no sense of what comes later."""
    yield _absence_complaints(family, config, values)
    yield _length_complaints(family, config, values)
    yield _size_complaints(family, config, values)
    yield _expert_complaints(values)
    yield _layer_complaints(family, config, values)
    yield _rotation_complaints(values)
    yield _head_complaints(values)


def _absence_complaints(family: Architecture, config: Config, values: Values) -> tuple[Finding, ...]:
    found = []
    for keys in needed_of(family.gguf):
        rows = [row for row in family.all_metadata if row.key in keys]
        if rows and all(values[row.key] is None for row in rows):
            found.append(bad_config(not_set([name_of(row, config) for row in rows])))
    return tuple(found)


def _length_complaints(family: Architecture, config: Config, values: Values) -> tuple[Finding, ...]:
    """llama.cpp refuses lists of another length: src/llama-model-loader.cpp, get_key_or_arr."""
    layers, ranges = (
        int(values[Keys.LLM.BLOCK_COUNT]),
        ((r, range_of(r.key, family.gguf)) for r in family.all_metadata),
    )
    rows = (row for row, numbers in ranges if numbers and numbers.as_long_as_layers)
    lists = ((row, value) for row in rows if isinstance(value := values[row.key], list))
    return tuple(impossible(name_of(row, config), value) for row, value in lists if len(value) != layers)


def _size_complaints(family: Architecture, config: Config, values: Values) -> tuple[Finding, ...]:
    """A key may be read under more names than a family's tensors are; llama.cpp refuses shapes that contradict it."""
    rows = [r for r in family.all_metadata if r.key in LENGTHS and r.value is None and len(r.names) > 1]
    sizes = family.all_sizes(config, 0) if rows else {}
    found = ((name_of(row, config), values[row.key], sizes.get(LENGTHS[row.key])) for row in rows)
    wrong = ((name, value, size) for name, value, size in found if None not in (value, size) and value != size)
    return tuple(
        bad_config(
            text(
                "{setting} is {value!r:.40}, and other settings say {other!r:.40}",
                setting=name,
                value=value,
                other=size,
            )
        )
        for name, value, size in wrong
    )


def _expert_complaints(values: Values) -> tuple[Finding, ...]:
    """llama.cpp aborts on other numbers of experts: src/llama-model.cpp, load_hparams."""
    experts, used, groups, used_groups = (values.get(key) or 0 for key in EXPERT_KEYS)
    most = max(used) if isinstance(used, list) else used
    if most > experts or (experts and not most):
        return (bad_config(_too_many_used(experts, most)),)
    is_whole = groups <= 1 or (experts % groups == 0 and 0 < used_groups < groups)
    fits = not groups or (groups < experts and is_whole)
    return () if fits else (bad_config(_wrong_groups(experts, groups, used_groups)),)


def _too_many_used(experts: int, used: int) -> Text:
    return counted("it uses {used} of {count} expert", "it uses {used} of {count} experts", experts, used=used)


def _wrong_groups(experts: int, groups: int, used: int) -> Text:
    return counted(
        "{experts} experts cannot be split into {count} group of which {used} are used",
        "{experts} experts cannot be split into {count} groups of which {used} are used",
        groups,
        experts=experts,
        used=used,
    )


def _layer_complaints(family: Architecture, config: Config, values: Values) -> tuple[Finding, ...]:
    """llama.cpp aborts on a hybrid that has only one of its two kinds of layers.

    ggml/src/ggml-backend.cpp, ggml_backend_buffer_get_size of the empty cache.
    """
    shared = values.get(Keys.Attention.HEAD_COUNT_KV)
    if isinstance(shared, list) and shared and not any(shared):
        return (bad_config(text("no layer has attention")),)
    recurrent = [rule.layers for rule in family.all_tensors if rule.layers and RECURRENT.search(rule.name)]
    layers = range(int(values[Keys.LLM.BLOCK_COUNT]))
    if recurrent and not any(has(config, layer) for has in recurrent for layer in layers):
        return (bad_config(text("every layer has attention, so this is not a hybrid")),)
    return ()


def _rotation_complaints(values: Values) -> tuple[Finding, ...]:
    """llama.cpp aborts where rope finds no pairs, or too few values: ggml-cpu/ops.cpp, ggml_compute_forward_rope."""
    if not values.keys() & {Keys.Rope.FREQ_BASE, Keys.Rope.DIMENSION_COUNT}:
        return ()
    for keys in ROTATED:
        count = next((values[key] for key in keys if values.get(key) is not None), 0)
        size = values.get(keys[1]) or _head_size(values)
        if count % 2:
            return (bad_config(text("{count} values of each head would rotate, an odd number", count=count)),)
        if count > (size or WHOLE):
            return (bad_config(_too_many_rotate(count, size)),)
    return ()


def _too_many_rotate(count: int, size: int | None) -> Text:
    return counted(
        "{count} value of each head would rotate, but a head has {size}",
        "{count} values of each head would rotate, but a head has {size}",
        count,
        size=size,
    )


def _head_complaints(values: Values) -> tuple[Finding, ...]:
    """llama.cpp aborts where heads do not share evenly.

    ggml/src/ggml.c, ggml_can_mul_mat; ggml/src/ggml-cpu/ops.cpp, ggml_compute_forward_ssm_scan.
    """
    heads, width = values.get(Keys.Attention.HEAD_COUNT), values.get(Keys.LLM.EMBEDDING_LENGTH) or 0
    if values.get(Keys.Attention.KEY_LENGTH) is None and type(heads) is int and heads > 0 and width % heads:
        return (
            bad_config(
                counted(
                    "{width} values cannot be divided among {count} head",
                    "{width} values cannot be divided among {count} heads",
                    heads,
                    width=width,
                )
            ),
        )
    sections, size = values.get(Keys.Rope.DIMENSION_SECTIONS) or (), _head_size(values)
    if sum(sections) > (size or WHOLE):
        return (
            bad_config(
                text("mrope_section {sections} does not fit heads of {size} values", sections=sections, size=size)
            ),
        )
    uneven = (
        (_uneven(_of_layers(values.get(heads)), _of_layers(values.get(groups))), groups == Keys.Attention.HEAD_COUNT_KV)
        for heads, groups in SHARED
    )
    return tuple(bad_config(_uneven_heads(*found[0], shares_keys)) for found, shares_keys in uneven if found)


def _uneven_heads(heads: int, groups: int, shares_keys: bool) -> Text:
    if shares_keys:
        return counted(
            "{heads} attention heads cannot share {count} KV head",
            "{heads} attention heads cannot share {count} KV heads",
            groups,
            heads=heads,
        )
    return counted(
        "{heads} heads cannot share {count} group", "{heads} heads cannot share {count} groups", groups, heads=heads
    )


def _head_size(values: Mapping[str, Any]) -> int | None:
    """As llama.cpp divides, where it is not told; None where layers have several numbers of heads, or none."""
    size, heads = values.get(Keys.Attention.KEY_LENGTH), values.get(Keys.Attention.HEAD_COUNT)
    if size is None and type(heads) is int and heads > 0:
        return int(values.get(Keys.LLM.EMBEDDING_LENGTH) or 0) // heads
    return size


def _uneven(heads: list[int], groups: list[int]) -> list[tuple[int, int]]:
    """Of one layer after the other; one number may stand for all layers."""
    pairs = islice(zip(cycle(heads), cycle(groups), strict=False), max(len(heads), len(groups)))
    return [(count, group_count) for count, group_count in pairs if group_count and count % group_count]


def _of_layers(value: int | list[int] | None) -> list[int]:
    return value if isinstance(value, list) else [value or 0]
