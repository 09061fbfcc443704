"""Tiny model folders, made as mlx-lm makes them: Hugging Face tensors from a seed → Model.sanitize() → save_model().

The values are scaled so that logits spread over several nats; nearly equal logits would hide a wrong tensor.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

SAMPLE_TOKENIZER = Path(__file__).parent / "data" / "sample_tokenizer"
RESAVED_TOKENIZER = (
    Path(__file__).parents[1] / "resources" / "sample" / "mlx-ferry-sample"
)  # as transformers 5 saves it
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def gemma3_config(rows: int, **changes: Any) -> dict[str, Any]:
    """config.json of a Gemma 3 text model with six layers and `rows` tokens."""
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "query_pre_attn_scalar": 32,
        "sliding_window": 64,
        "sliding_window_pattern": 6,
        "rope_theta": 1000000.0,
        "rope_local_base_freq": 10000.0,
        "rms_norm_eps": 1e-06,
        "max_position_embeddings": 4096,
        "hidden_activation": "gelu_pytorch_tanh",
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "vocab_size": rows,
        "bos_token_id": 2,
        "eos_token_id": 1,
        **changes,
    }


@cache
def row_count(tokenizer: Path = RESAVED_TOKENIZER) -> int:
    """How many rows the embedding for a tokenizer needs."""
    raw = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))
    return 1 + max(*raw["model"]["vocab"].values(), *(token["id"] for token in raw["added_tokens"]))


def with_tokenizer(folder: Path) -> Path:
    """Put the re-saved tokenizer into a folder that has none."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(RESAVED_TOKENIZER / name, folder)
    return folder


def huggingface_tensors(config: Mapping[str, Any], seed: int = 0) -> dict[str, np.ndarray]:
    """float32 arrays that bfloat16 holds exactly, by the names that transformers uses (it has the same for Gemma 3)."""
    from mlx.utils import tree_flatten

    source = np.random.PCG64(seed)
    parameters: Any = tree_flatten(_model(config).parameters())
    shapes = {name: p.shape for name, p in parameters if name != HEAD}
    tensors = {}
    for name, shape in sorted(shapes.items()):
        spread = 0.2 if len(shape) == 1 else 0.3 if name == EMBEDDING else 0.12
        tensors[name] = to_bfloat16(bell_shaped(source, shape) * np.float32(spread))
    return tensors


PAIRS = np.uint64(0x0000FFFF0000FFFF)


def bell_shaped(source: np.random.PCG64, shape: tuple[int, ...]) -> np.ndarray:
    """Nearly normal numbers, from raw bits: numpy promises the same ones for ever, unlike those of a Generator."""
    raw = source.random_raw(int(np.prod(shape)))
    pairs = (raw & PAIRS) + (raw >> np.uint64(16) & PAIRS)  # each holds two sums of 16-bit numbers
    sums = (pairs + (pairs >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
    return ((sums / 65536 - 2) * np.sqrt(3)).astype(np.float32).reshape(shape)


def to_bfloat16(values: np.ndarray) -> np.ndarray:
    """What bfloat16 holds exactly, in float32."""
    return (values.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def _model(config: Mapping[str, Any]) -> Any:
    from mlx_lm.utils import _get_classes

    model_class, arguments = _get_classes(dict(config))
    return model_class(arguments.from_dict(dict(config)))


def save_checkpoint(
    folder: Path,
    tensors: Mapping[str, np.ndarray],
    config: Mapping[str, Any],
    *,
    dtype: str = "bfloat16",
    quantize: Any = None,
    tokenizer: Path = RESAVED_TOKENIZER,
    shard_bytes: int | None = None,
) -> Path:
    """Save a folder with mlx-lm's own code. `quantize`: module path → False, True or settings."""
    import mlx.core as mx
    from mlx_lm import utils

    model = _model(config)
    weights = {name: mx.array(values).astype(getattr(mx, dtype)) for name, values in tensors.items()}
    model.load_weights(list(model.sanitize(weights).items()))
    saved = {**config, "torch_dtype": dtype}
    if quantize is not None:
        model, saved = utils.quantize_model(model, saved, 64, 4, quant_predicate=lambda path, _: quantize(path))
    with _shard_limit(utils, shard_bytes):
        utils.save_model(folder, model)
    utils.save_config(dict(saved), folder / "config.json")
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        if (tokenizer / name).exists():
            shutil.copy(tokenizer / name, folder)
    return folder


class _Bytes:
    """mlx-lm computes its limit as gigabytes << 30; this is one in bytes."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __lshift__(self, _: int) -> int:
        return self._count


@contextmanager
def _shard_limit(utils: Any, limit: int | None) -> Iterator[None]:
    """mlx-lm cuts files at 5 GB; here at `limit` bytes."""
    original = utils.make_shards
    if limit is not None:
        utils.make_shards = lambda weights: original(weights, _Bytes(limit))
    try:
        yield
    finally:
        utils.make_shards = original


def gemma3_folder(folder: Path, head: str = "none", *, exact_norms: bool = False, **how: Any) -> Path:
    """A Gemma 3 folder whose head is "none", "copied", or "changed" in one row of ten.

    `exact_norms`: norm weights to which 1 can be added in bfloat16, as mlx-lm does it when it runs, without rounding.
    """
    tokenizer = how.get("tokenizer", RESAVED_TOKENIZER)
    config = how.pop("config", None) or gemma3_config(row_count(tokenizer))
    tensors = huggingface_tensors(config)
    if exact_norms:
        tensors |= {name: np.round(values * 128) / 128 for name, values in tensors.items() if values.ndim == 1}
    if head != "none":
        tensors[HEAD] = tensors[EMBEDDING].copy()
    if head == "changed":
        tensors[HEAD][::10] = to_bfloat16(tensors[HEAD][::10] * np.float32(1.25))
    return save_checkpoint(folder, tensors, config, **how)
