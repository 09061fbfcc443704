"""A GGUF adapter in digests: the graph, and type, shape and SHA-256 of the values that llama.cpp computes with."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader


def adapter_digest(file: Path) -> dict[str, Any]:
    """`alpha` / rank, which llama.cpp multiplies with where alpha is not 0, is multiplied into the second factor."""
    reader = GGUFReader(file)
    alpha, graph = (reader.fields[key].contents() for key in ("adapter.lora.alpha", "general.architecture"))
    tensors = {}
    for tensor in sorted(reader.tensors, key=lambda one: one.name):
        values = np.asarray(tensor.data)
        if alpha and tensor.name.endswith(".lora_b"):
            values = values * np.float32(alpha / values.shape[-1])
        digest = hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
        tensors[tensor.name] = [tensor.tensor_type.name, list(values.shape), digest]
    return {"graph": graph, "tensors": tensors}
