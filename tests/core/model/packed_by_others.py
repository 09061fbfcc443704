"""A folder whose linear layers are stored as another tool packs them: names, shapes and dtypes, zeros for values."""

import json
from math import prod
from pathlib import Path
from typing import Any

from app.core.checkpoint.dtypes import ITEM_BYTES
from tests.core.checkpoint.written_by_hand import read_parts, write_safetensors
from tests.golden.family_models import FamilyModel, save_published
from tests.tiny_checkpoints import with_tokenizer

GROUP = 32
# In the place of a weight of so many rows and columns: ending, dtype, shape
PARTS: dict[str, Any] = {
    "awq": lambda rows, columns: [
        (".qweight", "I32", (columns, rows // 8)),
        (".qzeros", "I32", (columns // GROUP, rows // 8)),
        (".scales", "F16", (columns // GROUP, rows)),
    ],
    "gptq": lambda rows, columns: [
        (".qweight", "I32", (columns // 8, rows)),
        (".qzeros", "I32", (columns // GROUP, rows // 8)),
        (".scales", "F16", (columns // GROUP, rows)),
        (".g_idx", "I32", (columns,)),
    ],
    "compressed-tensors": lambda rows, columns: [
        (".weight_packed", "I32", (rows, columns // 8)),
        (".weight_scale", "F16", (rows, columns // GROUP)),
        (".weight_shape", "I64", (2,)),
    ],
    "fp8": lambda rows, columns: [
        (".weight", "F8_E4M3", (rows, columns)),
        (".weight_scale_inv", "F32", (-(-rows // 128), -(-columns // 128))),
    ],
    "bitsandbytes": lambda rows, columns: [
        (".weight", "U8", (rows * columns // 2, 1)),
        (".weight.absmax", "F32", (rows * columns // 64,)),
        (".weight.quant_map", "F32", (16,)),
        (".weight.quant_state.bitsandbytes__nf4", "U8", (80,)),
    ],
    "bitnet": lambda rows, columns: [
        (".weight", "U8", (rows // 4, columns)),
        (".weight_scale", "BF16", (1,)),
    ],
    "modelopt": lambda rows, columns: [
        (".weight", "U8", (rows, columns // 2)),
        (".weight_scale", "F8_E4M3", (rows, columns // 16)),
        (".weight_scale_2", "F32", ()),
        (".input_scale", "F32", ()),
    ],
    "metal": lambda rows, columns: [
        (".weight", "U32", (rows, columns // 8)),
        (".scales", "BF16", (rows, columns // GROUP)),
        (".qbiases", "BF16", (rows, columns // GROUP)),
    ],
    "eetq": lambda rows, columns: [
        (".weight", "I8", (columns, rows)),
        (".weight_scales", "F16", (rows,)),
    ],
}


def packed_folder(folder: Path, method: str, settings: dict[str, Any] | None) -> Path:
    """A tiny Qwen 3; `settings` are config.json's quantization_config, None for a silent one."""
    save_published(FamilyModel("qwen3"), folder, {"quantization_config": settings} if settings else None)
    header, _ = read_parts(folder / "model.safetensors")
    header.pop("__metadata__", None)
    stored = [part for name, described in header.items() for part in _parts(name, described, method)]
    entries, end = {}, 0
    for name, dtype, shape in stored:
        begin, end = end, end + prod(shape) * ITEM_BYTES[dtype]
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
    write_safetensors(folder / "model.safetensors", {"__metadata__": {"format": "pt"}, **entries}, end)
    return with_tokenizer(folder)


def _parts(name: str, described: dict[str, Any], method: str) -> list[tuple[str, str, tuple[int, ...]]]:
    if not name.endswith("proj.weight"):
        return [(name, described["dtype"], described["shape"])]
    module = name.removesuffix(".weight")
    return [(module + ending, dtype, shape) for ending, dtype, shape in PARTS[method](*described["shape"])]


def with_config(folder: Path, **changes: Any) -> Path:
    """The folder again; None takes a setting away."""
    path = folder / "config.json"
    config = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    return folder
