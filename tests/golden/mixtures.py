"""Folders of which some tensors are as published, the others as mlx-lm saves them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.architectures import Layout
from app.core.checkpoint import Checkpoint, open_checkpoint
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.identify import identify


def mixed(base: Path, other: Path, folder: Path, layout: Layout, takes: Callable[[ExpectedTensor], bool]) -> Path:
    """A copy of `base` in which what `takes` names is as in `other`, a folder in `layout`, where names differ."""
    folders = {one: open_checkpoint(base if one is not layout else other) for one in Layout}
    arrays, others = loaded(base), loaded(other)
    changed = [one for one in identify(folders[layout]).expected if differs(one) and takes(one)]
    assert changed
    for one in changed:
        (before,) = (form for form in Layout if form is not layout)
        for name in parts_of(folders[before], one.form(before).names):
            arrays.pop(name, None)
    for one in changed:
        arrays |= {name: others[name] for name in parts_of(folders[layout], one.form(layout).names)}
    return rewritten(base, folder, arrays)


def differs(one: ExpectedTensor) -> bool:
    """Whether mlx-lm saves it under another name."""
    return one.rule.by_mlx.names != one.rule.published.names


def rewritten(folder: Path, target: Path, arrays: dict[str, Any]) -> Path:
    """A copy of a folder with other weights, marked as MLX's."""
    import mlx.core as mx

    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("*.safetensors*"))
    mx.save_safetensors(str(target / "model.safetensors"), arrays, metadata={"format": "mlx"})
    return target


def parts_of(checkpoint: Checkpoint, names: tuple[str, ...]) -> list[str]:
    """What the folder stores under canonical names, scales and biases included."""
    family = identify(checkpoint).family
    assert family is not None
    found = {canonical_name(family, one.name): one for one in checkpoint.tensors}
    return [part.name for name in names if name in found for part in found[name].parts]


def loaded(folder: Path) -> dict[str, Any]:
    """All arrays of a folder."""
    import mlx.core as mx

    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.safetensors")):
        arrays = mx.load(str(path))
        assert isinstance(arrays, dict)
        found |= arrays
    return found


def as_mlx_loads(folder: Path) -> dict[str, bytes]:
    """The bytes of every parameter of the model that mlx-lm makes of a folder."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm import utils

    model, _ = utils.load_model(folder)
    parameters: dict[str, Any] = dict(tree_flatten(model.parameters()))
    return {name: bytes(mx.contiguous(array).view(mx.uint8)) for name, array in parameters.items()}
