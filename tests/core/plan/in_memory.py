"""Checkpoints that are in no folder: a plan reads names, shapes and settings only."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.architectures import Architecture, Layout
from app.core.architectures.normalize_config import normalize_config
from app.core.checkpoint import Checkpoint, ModelTensor, StoredTensor, WeightFile
from app.core.checkpoint.checkpoint_values import TokenizerFiles
from app.core.model.config_check import layer_count
from app.core.model.expected_tensors import ExpectedTensor, expected_tensors
from tests.golden.family_models import FamilyModel
from tests.tiny_checkpoints import row_count

FILE = WeightFile(Path("model.safetensors"), 0, 0, 0)


def tensor(name: str, *shape: int, dtype: str = "BF16") -> ModelTensor:
    return ModelTensor(name, shape, dtype, StoredTensor(name, dtype, shape, FILE, 0, 0))


def checkpoint(
    tensors: Iterable[ModelTensor], config: Mapping[str, Any] | None = None, saved_by_mlx: bool = True
) -> Checkpoint:
    return Checkpoint(
        folder=Path("model"),
        name="model",
        config=config or {},
        generation_config={},
        model_card={},
        tensors=tuple(tensors),
        files=(FILE,),
        saved_by_mlx=saved_by_mlx,
        quantization=None,
        tokenizer=TokenizerFiles(),
        findings=(),
    )


def wanted(family: Architecture, config: Mapping[str, Any], rows: int | None = None) -> list[ExpectedTensor]:
    unified = normalize_config(config, family.defaults)
    return expected_tensors(family, unified, layer_count(family, unified), row_count() if rows is None else rows)


def family_checkpoint(
    family: Architecture, model: FamilyModel, layout: Layout = Layout.MLX, config: Mapping[str, Any] | None = None
) -> Checkpoint:
    """Everything that the family needs for a model, in either layout; marked as MLX's in its own."""
    tensors, config = [], config or model.config
    for one in wanted(family, config):
        if one.rule.optional:
            continue
        names, shape = one.form(layout).names, one.form(layout).shape
        if family.marker and one.rule.name.endswith(family.marker):
            shape = (shape[0], shape[1], 1) if layout is Layout.MLX else (shape[0], 1, shape[1])
        tensors += [tensor(name, *shape) for name in names]
    found = checkpoint({one.name: one for one in tensors}.values(), config, layout is Layout.MLX)
    return replace(found, name=model.name)
