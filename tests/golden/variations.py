"""Variations of the tiny models, drawn from a seed: other settings, and the tensors that a model with them has.

Names and shapes follow from the families' own rules: whether they are right, llama.cpp (which checks every shape of a
file) and mlx-lm (which loads strictly) say for themselves.
"""

import copy
import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.core.architectures import Architecture, Layout, find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.model.canonical_names import canonical_name
from app.core.model.config_check import layer_count
from app.core.model.expected_tensors import ExpectedTensor, expected_tensors
from app.core.model.needed_settings import needed_settings
from tests.golden.family_models import FamilyModel
from tests.tiny_checkpoints import row_count

Source = dict[str, list[Any]]
SILENT = "(silent)"  # in place of a value: the key is not there
NUMBER = re.compile(r"(?<=\.)\d+(?=\.|$)")
FLOATS = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}


@dataclass
class Variation:
    """What is changed of the model `base`: settings by name, and what is stored."""

    base: str
    settings: dict[str, Any] = field(default_factory=dict)
    rows: int = 0  # more or fewer tokens than the tokenizer has
    head: bool | None = None  # whether there is a head; None: as before
    biases: str = ""  # which matrices (a pattern) get the biases that the family's rules know, or lose them
    strange: str = ""  # which weights (a pattern of the bias's name) have a bias, whatever the rules know
    dtype: str = ""
    shards: int = 1
    kind: str = "f32"  # of the file

    def model(self) -> FamilyModel:
        base = FamilyModel(self.base)
        config = changed(base.config, self.settings)
        config = changed(config, {"vocab_size": row_count() + self.rows}) if self.rows else config
        if self.dtype:
            name = "dtype" if "dtype" in base.config else "torch_dtype"
            config = changed(config, {name: FLOATS[self.dtype]})
        model = FamilyModel(self.base)
        model.__dict__["data"] = {**base.data, "config": config, "source": source_of(base, config, self)}
        return model

    def left_out(self) -> list[str]:
        """The settings that it does not have, and mlx-lm requires: a folder without them is refused, none is loaded."""
        config = FamilyModel(self.base).config
        family = find_architecture(config["model_type"], config)
        needed = needed_settings().get(family.name, ()) if family else ()
        return sorted(name for name in needed if self.settings.get(name) == SILENT)

    def as_json(self) -> dict[str, Any]:
        plain = Variation(self.base)
        return {name: value for name, value in vars(self).items() if name == "base" or value != getattr(plain, name)}


def text_of(config: dict[str, Any]) -> dict[str, Any]:
    """The part of config.json that describes the text model."""
    text = config.get("text_config", config)
    assert isinstance(text, dict)
    return text


def changed(config: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """With other settings, each where it stood, or in the text model's part."""
    config = copy.deepcopy(config)
    text = text_of(config)
    for name, value in settings.items():
        parts = [part for part in (config, text) if name in part] or [text]
        for part in parts:
            part.pop(name, None)
            if value != SILENT:
                part[name] = value
    return config


def pattern_of(name: str) -> str:
    return NUMBER.sub("{}", name)


def wanted_of(model_type: str, config: dict[str, Any], rows: int) -> tuple[Architecture, list[ExpectedTensor]]:
    family = find_architecture(model_type, config)
    if family is None:
        raise ValueError(f"no family knows {model_type}")
    unified = normalize_config(config, family.defaults)
    return family, expected_tensors(family, unified, layer_count(family, unified), rows)


def source_of(base: FamilyModel, config: dict[str, Any], variation: Variation) -> Source:
    """Dtypes and shapes by published name. What the rules do not name is as it was."""
    rows = row_count() + variation.rows
    family, before = wanted_of(base.config["model_type"], base.config, row_count())
    told = {name: text_of(base.config)[name] for name in variation.left_out()}
    _, after = wanted_of(config["model_type"], changed(config, told), rows)
    published = {canonical_name(family, name): (name, how) for name, how in base.data["source"].items()}
    alike = {pattern_of(name): example for name, example in reversed(published.items())}
    named = {name: lengths_of(one) for one in before for name in one.form(Layout.HUGGING_FACE).names}
    lengths = {pattern_of(name): old for name, old in reversed(named.items())} | named
    usual = Counter(dtype for dtype, *_ in base.data["source"].values()).most_common(1)[0][0]
    found: Source = {}
    for one in after:
        for name in one.form(Layout.HUGGING_FACE).names:
            like = published.get(name) or alike.get(pattern_of(name))
            if not is_stored(one, family, like is not None, pattern_of(name) in lengths, variation):
                continue
            if like is None:
                found[name] = [variation.dtype or usual, lengths_of(one)]
                continue
            raw, (dtype, shape, *centre) = like
            shape = reshaped(lengths_of(one), lengths.get(canonical_name(family, raw), []), shape)
            kind = variation.dtype if variation.dtype and dtype == usual else dtype
            published_as = with_prefix_of(raw, canonical_name(family, raw), name)
            found[published_as] = [kind, shape, *centre]
            bias = published_as.removesuffix("weight") + "bias"
            if variation.strange and re.search(variation.strange, bias) and pattern_of(name) != pattern_of(bias):
                found.setdefault(bias, [kind, shape[:1]])
    found |= {raw: how for name, (raw, how) in published.items() if pattern_of(name) not in lengths}
    return dict(sorted(found.items()))


def lengths_of(one: ExpectedTensor) -> list[int]:
    """The shape that the rule asks for, of one tensor."""
    return list(one.form(Layout.HUGGING_FACE).shape)


def is_stored(
    one: ExpectedTensor, family: Architecture, was_published: bool, was_wanted: bool, variation: Variation
) -> bool:
    if one.rule.name == family.lm_head and variation.head is not None:
        return variation.head
    if one.rule.name.endswith("bias") and variation.biases and one.rule.optional:
        return was_published != bool(re.search(variation.biases, one.rule.name))
    return was_published or not (one.rule.optional or was_wanted)


def with_prefix_of(raw: str, canonical: str, name: str) -> str:
    """The published name for the canonical one, from an example of both."""
    pairs = enumerate(zip(raw[::-1], canonical[::-1], strict=False))
    same = next((count for count, (one, other) in pairs if one != other), min(len(raw), len(canonical)))
    prefix, old = raw[: len(raw) - same], canonical[: len(canonical) - same]
    return prefix + name.removeprefix(old) if name.startswith(old) else name


def reshaped(lengths: list[int], old: list[int], published: list[int]) -> list[int]:
    """As it is published, which may be transposed, two matrices in one, or with axes of length one."""
    if old == published:
        return lengths
    axes = [axis for axis, length in enumerate(published) if length != 1]
    kept = [axis for axis, length in enumerate(old) if length != 1]
    for order in itertools.permutations(kept if len(kept) == len(axes) else ()):
        for doubled in (None, *range(len(order))):
            factors = [2 if place == doubled else 1 for place in range(len(order))]
            if [old[axis] * factor for axis, factor in zip(order, factors, strict=True)] == [
                published[axis] for axis in axes
            ]:
                found = [1] * len(published)
                for place, axis, factor in zip(axes, order, factors, strict=True):
                    found[place] = lengths[axis] * factor
                return found
    return published
