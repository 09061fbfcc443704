"""Single tensors: what the folder would hold of them, without a file or in one."""

import json
from pathlib import Path
from typing import Any

import mlx.core as mx
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.checkpoint import ModelTensor, StoredTensor, WeightFile, open_checkpoint
from app.core.checkpoint.quantization import MODE_DEFAULTS, Quantization
from app.core.ggml_library import quantize_rows
from app.core.weights.mlx_thread import compute

FILE = WeightFile(None, 0, 0, 0)  # type: ignore[arg-type]
KINDS = {"BF16": mx.bfloat16, "F16": mx.float16, "F32": mx.float32}
BITS, GROUP_SIZES = (2, 3, 4, 5, 6, 8), (32, 64, 128)

Parts = tuple[np.ndarray, ...]


def plain(dtype: str, *shape: int) -> ModelTensor:
    """A tensor stored as it is."""
    return ModelTensor("t", shape, dtype, StoredTensor("t", dtype, shape, FILE, 0, 0))


def packed(dtype: str, shape: tuple[int, ...], packing: Quantization) -> ModelTensor:
    """A tensor in MLX's packing."""
    part = StoredTensor("t", dtype, shape, FILE, 0, 0)
    biases = part if packing.mode == "affine" else None
    return ModelTensor("t", shape, dtype, part, part, biases, packing)


def pack(values: np.ndarray, packing: Quantization, dtype: str = "BF16") -> Parts:
    """What MLX makes of `values`: raw bytes of words, scales and, for the affine mode, biases."""
    return compute(_pack, values, packing, dtype)


def _pack(values: np.ndarray, packing: Quantization, dtype: str) -> Parts:
    array = mx.array(values).astype(KINDS[dtype])
    parts = mx.quantize(array, packing.group_size, packing.bits, mode=packing.mode)
    return tuple(np.array(part.view(mx.uint8)).reshape(-1) for part in parts)


def unpack(parts: Parts, shape: tuple[int, ...], packing: Quantization, dtype: str = "BF16") -> np.ndarray:
    """MLX's own decoding, as float32."""
    return compute(_unpack, parts, shape, packing, dtype)


def _unpack(parts: Parts, shape: tuple[int, ...], packing: Quantization, dtype: str) -> np.ndarray:
    arrays: Any = [mx.array(parts[0].view(np.uint32)).reshape(*shape[:-1], -1)]
    for part in parts[1:]:
        raw = mx.array(part)
        arrays.append((raw.view(KINDS[dtype]) if packing.mode == "affine" else raw).reshape(*shape[:-1], -1))
    biases = arrays[2] if len(arrays) > 2 else None
    values = mx.dequantize(
        arrays[0],
        arrays[1],
        biases,
        group_size=packing.group_size,
        bits=packing.bits,
        mode=packing.mode,
        dtype=None if packing.mode == "affine" else mx.float32,
    )
    return np.array(values.astype(mx.float32)).reshape(shape)


def save_one(folder: Path, values: np.ndarray, dtype: str = "BF16", packing: Quantization | None = None) -> ModelTensor:
    """The tensor of a folder that holds nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    compute(_save, folder / "model.safetensors", values, dtype, packing)
    config: dict[str, object] = {"model_type": "none"}
    if packing is not None and packing.codec:
        config["quantization"] = {"mode": "kquant", "per_tensor": {"t": packing.codec}}
    elif packing is not None:
        config["quantization"] = {"bits": packing.bits, "group_size": packing.group_size, "mode": packing.mode}
    (folder / "config.json").write_text(json.dumps(config))
    (tensor,) = open_checkpoint(folder).tensors
    return tensor


def _save(path: Path, values: np.ndarray, dtype: str, packing: Quantization | None) -> None:
    array = mx.array(values).astype(KINDS[dtype])
    arrays = {"t.weight": array}
    if packing is not None and packing.codec:
        arrays = {"t.weight": mx.array(blocks_of(values, packing.codec)), "t.scales": mx.zeros((1,), mx.uint8)}
    elif packing is not None:
        parts = mx.quantize(array, packing.group_size, packing.bits, mode=packing.mode)
        arrays = dict(zip(("t.weight", "t.scales", "t.biases"), parts, strict=False))
    mx.save_safetensors(str(path), arrays, {"format": "mlx"})


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    """float32 that bfloat16 holds."""
    values = np.random.default_rng(seed).normal(0, 0.05, shape).astype(np.float32)
    return (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def floats(mode: str) -> Quantization:
    """How MLX packs in a mode of small floats."""
    how = MODE_DEFAULTS[mode]
    return Quantization(how["bits"], how["group_size"], mode)


def kquant(codec: str) -> Quantization:
    """How MLX K-quant folders pack."""
    block = GGML_QUANT_SIZES[GGMLQuantizationType[codec.upper()]][0]
    return Quantization(next(int(c) for c in codec if c.isdigit()), block, "kquant", codec=codec)


def blocks_of(values: np.ndarray, codec: str) -> np.ndarray:
    """Rows of ggml's blocks."""
    kind = GGMLQuantizationType[codec.upper()]
    block, block_bytes = GGML_QUANT_SIZES[kind]
    blocks = np.empty(values.size // block * block_bytes, np.uint8)
    quantize_rows(np.ascontiguousarray(values), kind, blocks)
    return blocks.reshape(*values.shape[:-1], -1)
