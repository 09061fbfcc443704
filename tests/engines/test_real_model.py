"""Gemma 3 270M, the real one: turned back into an MLX folder, converted, and run by both engines."""

from typing import Any

import gguf
import numpy as np
import pytest
from tokenizers import Tokenizer

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import HeadAction, PlanOptions
from tests.engines.ask import ask_llama_cpp, ask_mlx
from tests.engines.logits import log_probabilities, mean_divergence, same_best
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import save_checkpoint

pytestmark = pytest.mark.slow_real_model

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


@pytest.fixture(scope="module")
def real_weights(published_gguf):
    """config.json and the published file's weights (decoded, 1 taken off the norms) by mlx-lm's names."""
    reader: Any = QuickReader(published_gguf)
    values = {key: reader.get_field(name.format(arch="gemma3")).contents() for key, name in SETTINGS.items()}
    config = {"model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"], "vocab_size": 262144, **values}
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA3, values["num_hidden_layers"])
    stored = {tensor.name: tensor for tensor in reader.tensors}
    wanted = [
        name for name in names.mapping if name.startswith("model.") and f"{names.get_name(name)}.weight" in stored
    ]
    return config, {f"{name}.weight": decode(stored[f"{names.get_name(name)}.weight"]) for name in ours(config, wanted)}


@pytest.fixture(scope="module")
def prompt(published_tokenizer):
    ids = Tokenizer.from_file(str(published_tokenizer)).encode(ENGLISH).ids[:40]
    assert len(ids) == 40
    return ids


@pytest.fixture
def save(real_weights, published_tokenizer, tmp_path):
    """A function: what to quantize → folder as mlx-lm saves it."""
    config, tensors = real_weights

    def saved(quantize=None):
        return save_checkpoint(
            tmp_path / "gemma-3-270m", tensors, config, quantize=quantize, tokenizer=published_tokenizer.parent
        )

    return saved


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


def both(folder, kind, prompt):
    """Log-probabilities that mlx-lm computes with a folder, and llama.cpp with the file that we make of it."""
    plan = prepare_plan(open_checkpoint(folder), PlanOptions(kind))
    assert plan.lm_head.action is HeadAction.SHARE
    file = convert(plan, folder.parent / "gemma.gguf").path
    tables = [
        log_probabilities(engine, model, prompt, folder.parent)
        for engine, model in (("mlx", folder), ("llama_cpp", file))
    ]
    return file, *tables


def test_llama_cpp_and_mlx_agree_on_the_real_model(save, prompt):
    folder = save()
    file, original, ours = both(folder, OutputType.AUTO, prompt)
    assert same_best(original, ours) >= 0.97
    ids = ask_llama_cpp(file, MANY_LANGUAGES, []).ids
    assert ids == ask_mlx(folder, MANY_LANGUAGES, prompt[:1]).ids
    assert len(ids) > 100


@pytest.mark.parametrize(
    ("bits", "kind", "written", "allowed"),
    [
        (4, OutputType.LOSSLESS, gguf.GGMLQuantizationType.Q4_1, 0.005),
        (8, OutputType.AUTO, gguf.GGMLQuantizationType.Q8_0, 0.01),
    ],
)
def test_the_real_model_packed(bits, kind, written, allowed, save, prompt):
    file, original, ours = both(save(lambda _: {"bits": bits, "group_size": 64}), kind, prompt)
    types = {tensor.tensor_type for tensor in QuickReader(file).tensors}
    assert types == {written, gguf.GGMLQuantizationType.F32}
    assert mean_divergence(original, ours) < allowed
    assert same_best(original, ours) >= 0.97
