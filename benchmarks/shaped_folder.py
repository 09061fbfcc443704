"""A folder of the shape of a real Gemma 3, with random weights: for measuring, not for talking to."""

import json
import shutil
from pathlib import Path

import mlx.core as mx

HIDDEN, FEED_FORWARD, HEADS, KV_HEADS, HEAD = 1152, 6912, 4, 1, 256  # Gemma 3 1B
ROWS = 262144


def config(layers: int) -> dict[str, object]:
    """config.json of a Gemma 3 text model with that many layers."""
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "hidden_size": HIDDEN,
        "intermediate_size": FEED_FORWARD,
        "num_hidden_layers": layers,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD,
        "query_pre_attn_scalar": HEAD,
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
    from mlx.utils import tree_flatten
    from mlx_lm.models.gemma3_text import Model, ModelArgs
    from mlx_lm.utils import save_model

    folder.mkdir(parents=True)
    mx.random.seed(0)
    settings = config(layers)
    model = Model(ModelArgs.from_dict(settings))
    shapes = {name: p.shape for name, p in tree_flatten(model.parameters()) if name != "lm_head.weight"}
    weights = {name: (mx.random.normal(shape) * 0.02).astype(mx.bfloat16) for name, shape in shapes.items()}
    if copied_head:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    model.load_weights(list(model.sanitize(weights).items()))
    save_model(folder, model)
    (folder / "config.json").write_text(json.dumps(settings, indent=4))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder)
