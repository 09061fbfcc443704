"""A folder of the shape of a real Gemma 3, with random weights: for measuring, not for talking to."""

import json
import shutil
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import mlx.core as mx

ROWS = 262144
GEMMA_1B = {
    "hidden_size": 1152,
    "intermediate_size": 6912,
    "num_attention_heads": 4,
    "num_key_value_heads": 1,
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
}
WIDE = {  # one matrix of 7.2 GB, as large as an expert stack, and little else
    "hidden_size": 13664,
    "intermediate_size": 32,
    "num_attention_heads": 1,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "query_pre_attn_scalar": 32,
}


def config(layers: int, sizes: Mapping[str, int]) -> dict[str, object]:
    """config.json of a Gemma 3 text model with that many layers."""
    return {
        **sizes,
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "num_hidden_layers": layers,
        "sliding_window": 512,
        "sliding_window_pattern": 6,
        "rope_theta": 1000000.0,
        "rope_local_base_freq": 10000.0,
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": 32768,
        "vocab_size": ROWS,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
    }


def make_folder(folder: Path, tokenizer: Path, layers: int, copied_head: bool = False) -> None:
    """Write the folder: bf16 weights from a fixed seed, the tokenizer of `tokenizer`."""
    from mlx_lm.utils import save_model

    settings = config(layers, GEMMA_1B)
    _begin(folder, settings, tokenizer)
    mx.random.seed(0)
    model, shapes = _model(settings)
    weights = {name: (mx.random.normal(shape) * 0.02).astype(mx.bfloat16) for name, shape in shapes.items()}
    if copied_head:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_weights(list(model.sanitize(weights).items()))
    save_model(folder, model)


def make_sparse_folder(folder: Path, tokenizer: Path) -> None:
    """Write the folder with one matrix of 7.2 GB: all zeros, which take no space on disk."""
    settings = config(1, WIDE)
    _begin(folder, settings, tokenizer)
    entries: dict[str, object] = {"__metadata__": {"format": "mlx"}}
    end = 0
    for name, shape in _model(settings)[1].items():
        start, end = end, end + 2 * prod(shape)
        entries[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    header = json.dumps(entries).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + end)


def _begin(folder: Path, settings: dict[str, object], tokenizer: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(settings, indent=4))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)


def _model(settings: dict[str, object]) -> tuple[Any, dict[str, tuple[int, ...]]]:
    """mlx-lm's model, not yet evaluated, and the shapes of what it saves without a head."""
    from mlx.utils import tree_flatten
    from mlx_lm.models.gemma3_text import Model, ModelArgs

    model = Model(ModelArgs.from_dict(settings))
    return model, {name: p.shape for name, p in tree_flatten(model.parameters()) if name != "lm_head.weight"}
