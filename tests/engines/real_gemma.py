"""Gemma 3 270M turned back from the published GGUF file into what an MLX folder of it holds, and texts for it."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from tests.quick_reader import QuickReader

ENGLISH = (
    "The tower is 324 metres tall, about the same height as an 81-storey building, and the tallest structure in the "
    "city. Its base is square, measuring 125 metres on each side. During its construction it became the tallest "
    "structure in the world, a title that it held for 41 years until a building in New York was finished in 1930."
)
MANY_LANGUAGES = (
    "def fib(n):\n\treturn n if n < 2 else fib(n - 1) + fib(n - 2)\n\n"
    "Größe, façade, naïve – Привет, мир! 人工智能模型的格式转换。 日本語のテキスト、한국어 문장. "
    "مرحبا بالعالم नमस्ते दुनिया   three spaces\u00a0and a no-break one; 3.14159 → 1e-9 "
    "🙂 👩‍👩‍👧‍👦 🏳️‍🌈 <b>bold</b> https://example.org/a?b=c&d=%20 \\n \\\\ ```python\nprint('ok')\n```\n\n\n  end"
)
SETTINGS = {
    "hidden_size": gguf.Keys.LLM.EMBEDDING_LENGTH,
    "intermediate_size": gguf.Keys.LLM.FEED_FORWARD_LENGTH,
    "num_hidden_layers": gguf.Keys.LLM.BLOCK_COUNT,
    "num_attention_heads": gguf.Keys.Attention.HEAD_COUNT,
    "num_key_value_heads": gguf.Keys.Attention.HEAD_COUNT_KV,
    "head_dim": gguf.Keys.Attention.KEY_LENGTH,
    "query_pre_attn_scalar": gguf.Keys.Attention.KEY_LENGTH,
    "max_position_embeddings": gguf.Keys.LLM.CONTEXT_LENGTH,
    "rms_norm_eps": gguf.Keys.Attention.LAYERNORM_RMS_EPS,
    "rope_theta": gguf.Keys.Rope.FREQ_BASE,
    "sliding_window": gguf.Keys.Attention.SLIDING_WINDOW,
}


def weights_of(published: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """config.json and the published file's weights (decoded, 1 taken off the norms) by mlx-lm's names."""
    reader: Any = QuickReader(published)
    values = {key: reader.get_field(name.format(arch="gemma3")).contents() for key, name in SETTINGS.items()}
    config = {"model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"], "vocab_size": 262144, **values}
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA3, values["num_hidden_layers"])
    stored = {tensor.name: tensor for tensor in reader.tensors}
    wanted = [
        name for name in names.mapping if name.startswith("model.") and f"{names.get_name(name)}.weight" in stored
    ]
    return config, {f"{name}.weight": decode(stored[f"{names.get_name(name)}.weight"]) for name in ours(config, wanted)}


def ours(config, wanted):
    """Of all names that gguf knows for a tensor, those that mlx-lm's Gemma 3 has."""
    from mlx.utils import tree_flatten

    from tests.tiny_checkpoints import _model

    parameters: Any = tree_flatten(_model(config).parameters())
    names = {name.removesuffix(".weight") for name, _ in parameters}
    assert len(names & set(wanted)) == len(names) - 1  # all but the head
    return names & set(wanted)


def decode(tensor):
    values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    return values - np.float32(1) if tensor.name.endswith("norm.weight") else values
