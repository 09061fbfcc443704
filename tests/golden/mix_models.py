"""Tiny models for llama.cpp's mixes: families, shapes and depths that its rules tell apart."""

import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.tiny_checkpoints import bell_shaped, row_count, to_bfloat16, with_tokenizer

LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 256,
    "intermediate_size": 256,
    "num_hidden_layers": 9,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "max_position_embeddings": 512,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": False,
    "vocab_size": row_count(),
    "torch_dtype": "bfloat16",
}
MIXTRAL = LLAMA | {
    "model_type": "mixtral",
    "architectures": ["MixtralForCausalLM"],
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "num_hidden_layers": 8,
}
CASES: dict[str, dict[str, Any]] = {
    "dense": LLAMA,
    "tied": LLAMA | {"tie_word_embeddings": True},
    "shared-keys": LLAMA | {"num_key_value_heads": 1},
    "eight-experts": MIXTRAL,
    "four-experts": MIXTRAL | {"num_local_experts": 4},
    "odd-rows": LLAMA | {"intermediate_size": 288},
    "very-odd-rows": LLAMA | {"intermediate_size": 272},
    "80-layers": LLAMA | {"num_hidden_layers": 80, "num_key_value_heads": 1},
    "80-layers-65b": LLAMA | {"num_hidden_layers": 80},
    "gemma3": {
        "model_type": "gemma3_text",
        "architectures": ["Gemma3ForCausalLM"],
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 12,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 64,
        "query_pre_attn_scalar": 64,
        "sliding_window": 64,
        "sliding_window_pattern": 6,
        "rope_theta": 1000000.0,
        "rope_local_base_freq": 10000.0,
        "rms_norm_eps": 1e-6,
        "max_position_embeddings": 512,
        "tie_word_embeddings": True,
        "vocab_size": row_count(),
        "torch_dtype": "bfloat16",
    },
}


def save_case(name: str, folder: Path, dtype: str = "bfloat16") -> Path:
    """The folder that mlx-lm would save: values of its own parameters depend on their names."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm import utils

    config = CASES[name] | {"torch_dtype": dtype}
    model_class, arguments = utils._get_classes(config)
    model = model_class(arguments.from_dict(config))
    parameters: Any = tree_flatten(model.parameters())
    weights = [(path, mx.array(_values(path, p.shape)).astype(getattr(mx, dtype))) for path, p in parameters]
    model.load_weights(weights)
    utils.save_model(folder, model)
    utils.save_config(dict(config), folder / "config.json")
    return with_tokenizer(folder)


def _values(name: str, shape: tuple[int, ...]) -> np.ndarray:
    return to_bfloat16(bell_shaped(np.random.PCG64(zlib.crc32(name.encode())), shape) * np.float32(0.1))
