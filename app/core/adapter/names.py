"""Names in an adapter file → the module, and which part of its change the tensor is."""

import re
from collections.abc import Container
from enum import StrEnum

from app.core.adapter.adapter_values import Dialect


class Role(StrEnum):
    """What a tensor is to its module."""

    A = "a"
    B = "b"
    MAGNITUDE = "m"
    WHOLE = "whole"


# mlx-lm tuner/lora.py and dora.py; mlx-vlm before 0.6, trainer/lora.py: LoRaLayer has A and B
MLX_ENDINGS = {".lora_a": Role.A, ".lora_b": Role.B, ".A": Role.A, ".B": Role.B, ".m": Role.MAGNITUDE}
# peft tuners/lora/layer.py, LoraLayer.adapter_layer_names; utils/save_and_load.py takes the adapter's name out
PEFT_ENDINGS = {
    "lora_A": Role.A,
    "lora_B": Role.B,
    "lora_embedding_A": Role.A,
    "lora_embedding_B": Role.B,
    "lora_magnitude_vector": Role.MAGNITUDE,
}
PEFT_PREFIX = "base_model.model."
BASE_LAYER = ".base_layer"  # peft tuners: what a layer of PEFT stands around
# The base's own layer within one that trains: mlx-lm tuner/lora.py; mlx-vlm before 0.6, trainer/lora.py
MLX_INNER = re.compile(r"\.(?:linear|embedding|original_layer)(?=\.\w+$)")
_PEFT = re.compile(rf"\.({'|'.join(PEFT_ENDINGS)})(?:\.default)?(?:\.weight)?$")
_SAVED = re.compile(r"\.modules_to_save(?:\.default)?(?=\.)")


def parsed(name: str, dialect: Dialect) -> tuple[str, Role]:
    """The module's path and the tensor's role; for what replaces the base's tensor, that tensor's own name."""
    if dialect is Dialect.PEFT:
        name = name.removeprefix(PEFT_PREFIX)
        found = _PEFT.search(name)
        if found:
            return name[: found.start()], PEFT_ENDINGS[found[1]]
        return _SAVED.sub("", name).replace(BASE_LAYER, ""), Role.WHOLE
    ending = next((ending for ending in MLX_ENDINGS if name.endswith(ending)), "")
    return (name.removesuffix(ending), MLX_ENDINGS[ending]) if ending else (name, Role.WHOLE)


def dialect_of(names: "set[str]") -> Dialect:
    """Who wrote a file with these names."""
    is_peft = any(name.startswith(PEFT_PREFIX) or _PEFT.search(name) for name in names)
    return Dialect.PEFT if is_peft else Dialect.MLX


def outer_name(name: str, modules: Container[str]) -> str:
    """The name of a tensor without the layer of MLX that stands around its own, where that is one of the `modules`."""
    found = MLX_INNER.search(name)
    return name[: found.start()] + name[found.end() :] if found and name[: found.start()] in modules else name
