"""A folder of the shape of a real Gemma 3 or Llama 3, with random weights: for measuring, not for talking to."""

import importlib
import json
import shutil
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from types import MappingProxyType
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

LLAMA_1B = {  # rows that K-quants fit, which Gemma's of 1,152 do not
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "max_position_embeddings": 131072,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}

LARGER = {  # the width of Gemma 3's 4B and 12B models; layers make 3.0 and 8.0 billion weights
    "3b": (
        25,
        GEMMA_1B
        | {"hidden_size": 2560, "intermediate_size": 10240, "num_attention_heads": 8, "num_key_value_heads": 4},
    ),
    "8b": (
        31,
        GEMMA_1B
        | {"hidden_size": 3840, "intermediate_size": 15360, "num_attention_heads": 16, "num_key_value_heads": 8},
    ),
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


SHAPES: dict[str, Callable[[int], dict[str, object]]] = {  # of 1.24 billion weights with so many layers
    "gemma": lambda layers: config(layers or 35, GEMMA_1B),
    "llama": lambda layers: LLAMA_1B | {"num_hidden_layers": layers or 16},
}


def make_folder(folder: Path, tokenizer: Path, shape: str, layers: int = 0, copied_head: bool = False) -> None:
    """Write the folder: bf16 weights from a fixed seed, the tokenizer of `tokenizer`."""
    from mlx_lm.utils import save_model

    settings = SHAPES[shape](layers)
    _begin(folder, settings, tokenizer)
    mx.random.seed(0)
    model, shapes = _model(settings)
    weights = {name: (mx.random.normal(shape) * 0.02).astype(mx.bfloat16) for name, shape in shapes.items()}
    if copied_head:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_weights(list(model.sanitize(weights).items()))
    save_model(folder, model)


def make_packed_folder(source: Path, folder: Path, bits: int, group_size: int) -> None:
    """Write the folder that `source` becomes when MLX quantizes all its matrices."""
    folder.mkdir(parents=True)
    weights: Any = mx.load(str(source / "model.safetensors"))
    packed = {}
    for name in list(weights):
        values = weights.pop(name)
        parts = mx.quantize(values, group_size, bits) if values.ndim == 2 else (values,)
        mx.eval(parts)
        names = (name, name.replace(".weight", ".scales"), name.replace(".weight", ".biases"))
        packed |= dict(zip(names, parts, strict=False))
    mx.save_safetensors(str(folder / "model.safetensors"), packed, {"format": "mlx"})
    settings = json.loads((source / "config.json").read_text())
    settings["quantization"] = {"bits": bits, "group_size": group_size, "mode": "affine"}
    (folder / "config.json").write_text(json.dumps(settings))
    _copy_tokenizer(source, folder)


def make_adapter(base: Path, folder: Path, rank: int) -> None:
    """Write what mlx_lm.lora leaves of `base`, a folder of one file, with that rank on every linear layer."""
    folder.mkdir(parents=True)
    mx.random.seed(0)
    factors: dict[str, mx.array] = {}
    weights: Any = mx.load(str(base / "model.safetensors"))
    for name, values in weights.items():
        if values.ndim == 2 and "embed" not in name:
            outputs, inputs = values.shape
            module = name.removesuffix(".weight")
            factors[f"{module}.lora_a"] = mx.random.uniform(-1, 1, (inputs, rank)) * inputs**-0.5
            factors[f"{module}.lora_b"] = mx.random.normal((rank, outputs)) * 0.001
    mx.save_safetensors(str(folder / "adapters.safetensors"), factors)
    settings = {"model": str(base), "fine_tune_type": "lora", "num_layers": -1}
    parameters = {"rank": rank, "scale": 20.0, "dropout": 0.0}
    (folder / "adapter_config.json").write_text(json.dumps({**settings, "lora_parameters": parameters}))


def make_sparse_folder(
    folder: Path, tokenizer: Path, layers: int = 1, sizes: Mapping[str, int] = MappingProxyType(WIDE)
) -> None:
    """Write a folder of zeros, which take no space on disk; as it is, with one matrix of 7.2 GB."""
    settings = config(layers, sizes)
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
    _copy_tokenizer(tokenizer, folder)


def _copy_tokenizer(tokenizer: Path, folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)


def _model(settings: dict[str, object]) -> tuple[Any, dict[str, tuple[int, ...]]]:
    """mlx-lm's model, not yet evaluated, and the shapes of what it saves without a head."""
    from mlx.utils import tree_flatten

    family = importlib.import_module(f"mlx_lm.models.{settings['model_type']}")
    model = family.Model(family.ModelArgs.from_dict(settings))
    return model, {name: p.shape for name, p in tree_flatten(model.parameters()) if name != "lm_head.weight"}
