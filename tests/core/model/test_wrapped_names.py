"""A text model in the wrapper of another model, or a base model alone, is planned as the text model that it is."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.core.architectures import Layout, find_architecture
from app.core.checkpoint import Checkpoint, StoredTensor
from app.core.checkpoint.grouping import group_tensors
from app.core.checkpoint.quantization import quantization_settings
from app.core.plan.conversion_plan import ConversionPlan
from tests.core.plan.in_memory import FILE, family_checkpoint
from tests.golden.family_models import FamilyModel, family_models
from tests.planning import make_plan

Rename = Callable[[str], str]
MODELS = {model.name: model for model in family_models() + family_models(is_rounded=True)}
BASES = ("model.", "transformer.", "backbone.", "gpt_neox.")  # what transformers calls the model without its head
GROUP = 64


def without_base(name: str) -> str:
    return next((name.removeprefix(base) for base in BASES if name.startswith(base)), name)


def inside(wrapper: str) -> Rename:
    """The whole text model stands in the wrapper, or there is none."""
    return lambda name: wrapper + name


def instead(wrapper: str) -> Rename:
    """The wrapper takes the place of the base model; what has another name stays at the top."""
    return lambda name: wrapper + without_base(name) if name.startswith(BASES) else name


# mlx-vlm and transformers 4; transformers 5; transformers' AutoModel, which saves a model without its head
HELD = inside("language_model.")
REPLACED = instead("model.language_model.")
WRAPPERS = {"language_model": HELD, "model.language_model": REPLACED, "base model": instead("")}
# Their base models have other names in mlx-lm than as published, so that only published tensors can be without them
OTHER_BASE = ("gpt2", "gpt_neox")


def checkpoint_of(model: FamilyModel, layout: Layout) -> Checkpoint:
    family = find_architecture(model.config["model_type"], model.config)
    assert family is not None
    return family_checkpoint(family, model, layout)


def renamed(found: Checkpoint, wrap: Rename) -> Checkpoint:
    return replace(
        found,
        tensors=tuple(
            replace(one, name=wrap(one.name), stored=replace(one.stored, name=wrap(one.name))) for one in found.tensors
        ),
    )


def saved_by_mlx_vlm(found: Checkpoint) -> Checkpoint:
    """Every text model in a wrapper, of which config.json has nothing to say: mlx_vlm/utils.py, load_model."""
    nothing: dict[str, object] = {name: {} for name in ("text_config", "vision_config", "audio_config")}
    return replace(renamed(found, HELD), config={**nothing, **found.config})


def said(plan: ConversionPlan, wrap: Rename = str) -> tuple[object, ...]:
    """All that a plan holds, but for what it was made of, which is named as it would be if it were wrapped."""
    tensors = [
        (one.name, one.shape, one.type, one.method, one.change, [wrap(source.name) for source in one.sources])
        for one in plan.tensors
    ]
    dropped = [(wrap(one.source.name), str(one.reason)) for one in plan.dropped]
    findings = [(one.code, one.severity) for one in plan.findings]
    return tensors, dropped, plan.metadata, plan.layout, plan.byte_count, findings


def packed(found: Checkpoint, wrap: Rename, wrap_in_settings: Rename) -> Checkpoint:
    """Matrices with 4 bits, and every third of them with 8."""
    stored: list[StoredTensor] = []
    settings: dict[str, object] = {"bits": 4, "group_size": GROUP}
    for number, one in enumerate(found.tensors):
        module = one.name.removesuffix(".weight")
        if module == one.name or len(one.shape) < 2 or one.shape[-1] % GROUP:
            stored.append(replace(one.stored, name=wrap(one.name)))
            continue
        bits = 4 if number % 3 else 8
        if bits != 4:
            settings[wrap_in_settings(module)] = {"bits": bits, "group_size": GROUP}
        *rows, columns = one.shape
        parts = {
            "weight": ("U32", columns * bits // 32),
            **dict.fromkeys(("scales", "biases"), ("BF16", columns // GROUP)),
        }
        for part, (dtype, length) in parts.items():
            stored.append(StoredTensor(f"{wrap(module)}.{part}", dtype, (*rows, length), FILE, 0, 0))
    known = quantization_settings({"quantization": settings})
    return replace(found, tensors=group_tensors(stored, known), quantization=known)


@pytest.mark.parametrize("name", MODELS)
def test_every_family_is_found_in_every_wrapper(name):
    model = MODELS[name]
    for layout in Layout:
        plain = checkpoint_of(model, layout)
        usual = make_plan(plain)
        assert said(make_plan(saved_by_mlx_vlm(plain))) == said(usual, HELD), layout
        for wrapper, wrap in WRAPPERS.items():
            if wrap is HELD or layout is not Layout.MLX or model.config["model_type"] not in OTHER_BASE:
                assert said(make_plan(renamed(plain, wrap))) == said(usual, wrap), (wrapper, layout)


@pytest.mark.parametrize("name", MODELS)
def test_settings_fit_packed_tensors_whether_either_is_in_a_wrapper(name):
    model = MODELS[name]
    plain = checkpoint_of(model, Layout.MLX)
    usual = make_plan(packed(plain, str, str))
    forms: list[tuple[Rename, Rename]] = [(HELD, HELD), (HELD, str), (str, HELD)]
    if model.config["model_type"] not in OTHER_BASE and not any(
        one.name.startswith(BASES[1:]) for one in plain.tensors
    ):
        forms += [(REPLACED, HELD), (HELD, REPLACED)]
    for wrap, wrap_in_settings in forms:
        assert said(make_plan(packed(plain, wrap, wrap_in_settings))) == said(usual, wrap)
