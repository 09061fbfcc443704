"""A folder that holds GGUF's own blocks, as mlx-kquant would save it."""

import json
from hashlib import sha256
from typing import Any

import mlx.core as mx
import numpy as np

from tests.core.weights.one_tensor import blocks_of

CODEC_OF = {  # by the end of a module's path
    "q_proj": "q4_k",
    "k_proj": "q6_k",
    "v_proj": "q5_k",
    "o_proj": "q8_0",
    "gate_proj": "iq4_xs",
    "up_proj": "q2_k",
    "down_proj": "q3_k",
    "embed_tokens": "q4_k",
    "lm_head": "q6_k",
}


_known: dict[tuple[str, bytes], np.ndarray] = {}  # ggml takes a while, and the same values come again


def ggml_blocks(values: np.ndarray, codec: str) -> np.ndarray:
    """As `blocks_of`, asked once for the same values; not to be changed."""
    key = codec, sha256(repr(values.shape).encode() + values.tobytes()).digest()
    if key not in _known:
        _known[key] = blocks_of(values, codec)
    return _known[key]


def repacked(folder, target):
    """The folder that mlx-kquant would save, with ggml's blocks."""
    arrays, per_tensor = {}, {}
    stored: Any = mx.load(str(folder / "model.safetensors"))
    for name, value in stored.items():
        path = name.removesuffix(".weight")
        codec = CODEC_OF.get(path.rpartition(".")[2])
        arrays[name] = value
        if codec:
            arrays[name] = mx.array(ggml_blocks(np.array(value.astype(mx.float32)), codec))
            arrays[path + ".scales"] = mx.zeros((1,), mx.uint8)
            per_tensor[path] = codec
    target.mkdir()
    mx.save_safetensors(str(target / "model.safetensors"), arrays, {"format": "mlx"})
    config = json.loads((folder / "config.json").read_text())
    block = {"mode": "kquant", "per_tensor": per_tensor}
    (target / "config.json").write_text(json.dumps({**config, "quantization": block, "quantization_config": block}))
    for file in folder.glob("tok*.json"):
        (target / file.name).write_bytes(file.read_bytes())
    return target
