"""Tiny models of every family: config.json, names and shapes as published, values from a seed.

Each file in families/ holds one model type: what is put in (`config`, `source`, how the peer is run) and what
llama.cpp's converter made of it (`reference`). make_families.py writes them.
"""

import json
import zlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from app.core.checkpoint import open_checkpoint
from tests.tiny_checkpoints import bell_shaped, row_count, to_bfloat16

FOLDER = Path(__file__).with_name("families")
SENTENCES = Path(__file__).with_name("sentences")  # models that make vectors or scores, with the files that say so
KINDS = ("f32", "f16", "bf16", "q8_0")
MLX_KINDS = {"BF16": "bfloat16", "F16": "float16", "F32": "float32", "U8": "uint8"}
EMBEDDING_SPREAD = 0.3  # with 128 dimensions logits have a standard deviation of 3 nats
GAIN = 1.2


@dataclass(frozen=True)
class FamilyModel:
    """One file of families/ or sentences/."""

    name: str

    @property
    def path(self) -> Path:
        return next(path for folder in (FOLDER, SENTENCES) if (path := folder / f"{self.name}.json").exists())

    @cached_property
    def data(self) -> dict[str, Any]:
        return json.loads(self.path.read_text(encoding="utf-8"))

    @property
    def config(self) -> dict[str, Any]:
        return self.data["config"]

    @property
    def engines(self) -> dict[str, Any]:
        """What the test with both engines must know."""
        return self.data.get("engines", {})

    @property
    def is_rounded(self) -> bool:
        """Whether mlx-lm's saving rounds its values, so that no folder of its can give the reference."""
        return self.data.get("is_rounded", False)

    @property
    def forgotten(self) -> dict[str, Any]:
        """Keys that llama.cpp reads, that its converter leaves out or gets wrong, and why they are written here."""
        return self.data.get("forgotten", {"because": "", "keys": {}})

    @property
    def reference(self) -> dict[str, Any]:
        return self.data["reference"]

    def tensors(self) -> dict[str, np.ndarray]:
        """float32 arrays, which are rounded to the dtype where it does not hold them, or bytes, by published name."""
        source = self.data["source"].items()
        return {
            name: values_of(name, dtype, shape, *centre, is_rounded=self.is_rounded)  # type: ignore[misc]
            for name, (dtype, shape, *centre) in source
        }


def family_models(is_rounded: bool = False) -> list[FamilyModel]:
    return [model for model in _all_models() if model.is_rounded is is_rounded]


@cache
def _all_models() -> tuple[FamilyModel, ...]:
    """Read once, for all tests that are made of them."""
    return tuple(FamilyModel(path.stem) for path in sorted(FOLDER.glob("*.json")))


def values_of(name: str, dtype: str, shape: list[int], centre: int = 0, is_rounded: bool = False) -> np.ndarray:
    """Values that depend on the name alone.

    Vectors lie around `centre` and are multiples of 1/128, to which bfloat16 can add 1 without rounding; those of
    a model that `is_rounded` are any.
    """
    source = np.random.PCG64(zlib.crc32(name.encode()))
    if dtype == "U8":
        raw = source.random_raw(-(-int(np.prod(shape)) // 8)).astype("<u8").view(np.uint8)[: int(np.prod(shape))]
        if name.endswith("_scales"):  # exponents of MXFP4: 2^-11 to 2^-4
            raw = raw % 8 + 116
        return raw.reshape(shape)
    values = bell_shaped(source, tuple(shape))
    if name.endswith("A_log"):
        return to_bfloat16(values * np.float32(0.4) + np.float32(0.7))
    if len(shape) <= 1 or "norm" in name:
        if is_rounded:
            return to_bfloat16(values * np.float32(0.3) + np.float32(centre))
        return np.round(np.clip(centre + values * np.float32(0.1), centre - 0.5, centre + 0.5) * 128) / np.float32(128)
    spread = EMBEDDING_SPREAD if shape[0] == row_count() else GAIN / np.sqrt(max(shape[-1], 4))
    values = values * np.float32(spread)
    return to_bfloat16(values) if dtype == "BF16" else values


def save_published(model: FamilyModel, folder: Path, changes: dict[str, Any] | None = None) -> Path:
    """The folder as its publisher would have it, without a tokenizer. `changes` to config.json."""
    import mlx.core as mx

    folder.mkdir(parents=True)
    dtypes = {name: described[0] for name, described in model.data["source"].items()}
    arrays = {name: mx.array(v).astype(getattr(mx, MLX_KINDS[dtypes[name]])) for name, v in model.tensors().items()}
    mx.save_safetensors(str(folder / "model.safetensors"), arrays, metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps({**model.config, **(changes or {})}, indent=2), encoding="utf-8")
    return folder


def save_mlx(published: Path, folder: Path, quantize: dict[str, Any] | None = None) -> Path:
    """The folder that mlx-lm saves from a published one: its own loading, sanitize() and saving."""
    from mlx_lm import utils

    model, config = utils.load_model(published, lazy=True)
    if quantize:
        model, config = utils.quantize_model(model, config, quantize["group_size"], quantize["bits"])
    utils.save_model(folder, model)
    utils.save_config(config, folder / "config.json")
    return folder


def save_decoded(packed: Path, folder: Path) -> Path:
    """A quantized folder with what MLX itself decodes, as float32, in the place of what is packed."""
    import mlx.core as mx

    folder.mkdir(parents=True)
    arrays = {name: array for path in packed.glob("*.safetensors") for name, array in loaded(path).items()}
    plain = {}
    for tensor in open_checkpoint(packed).tensors:
        parts, packing = [arrays[part.name] for part in tensor.parts], tensor.quantization
        if packing is None:
            (plain[tensor.name],) = parts
            continue
        words, *others = parts
        if packing.mode == "affine":
            others = [part.astype(mx.float32) for part in others]
        scales, biases = [*others, None][:2]
        assert scales is not None
        values = mx.dequantize(words, scales, biases, packing.group_size, packing.bits, mode=packing.mode)
        plain[tensor.name] = values.astype(mx.float32)
    mx.save_safetensors(str(folder / "model.safetensors"), plain, metadata={"format": "mlx"})
    config = json.loads((packed / "config.json").read_text())
    config = {key: value for key, value in config.items() if not key.startswith("quantization")}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def loaded(path: Path) -> dict[str, Any]:
    import mlx.core as mx

    found = mx.load(str(path))
    assert isinstance(found, dict)
    return found
