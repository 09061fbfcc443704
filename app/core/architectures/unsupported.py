"""Model types that mlx-lm saves, and why no GGUF file is made of them."""

from collections.abc import Mapping

from app.core.text import Text, text

NO_GRAPH = text("llama.cpp has no graph that computes it")


def _no_graph(reason: Text) -> Text:
    return text("llama.cpp has no graph that computes it: {reason}", reason=reason)


def _only_here(reason: Text) -> Text:
    return text("this is a limit of MLX Ferry, not of llama.cpp: {reason}", reason=reason)


# Read in mlx-lm 0.32.2 (models/*.py, utils.py) and in llama-cpp-python 0.3.36's llama.cpp (conversion/*.py, src/models)
UNSUPPORTED: Mapping[str, Text] = {
    "afm7": NO_GRAPH,
    "baichuan_m1": _no_graph(text("its Baichuan has no convolutions of keys and values")),
    "bailing_moe_linear": _no_graph(text("its Ling has no linear attention that forgets at a fixed rate")),
    "bitnet": _no_graph(text("its BitNet has SiLU where mlx-lm's has the square of ReLU")),
    "deepseek_v41": _no_graph(text("its DeepSeek V4 is another model")),
    "deepseek_v41_text": _no_graph(text("its DeepSeek V4 is another model")),
    "gear": NO_GRAPH,
    "gptj": _no_graph(text("the name GPT-J is known, but no code reads such a file")),
    "iquestloopcoder": _no_graph(
        text("its second loop mixes attention to the first loop's keys with a window of its own")
    ),
    "kimi_k3": _only_here(
        text("it cannot compute products of two tensors (attn_res_score and the like), which the file would hold")
    ),
    "kimi_vl": text(
        "mlx-lm cannot load it as published: its text model has kv_b_proj in two halves, and nothing splits it"
    ),
    "Klear": NO_GRAPH,
    "llama4_text": text("llama.cpp refuses a Llama 4 without experts, and mlx-lm's text model of that type has none"),
    "longcat_flash": NO_GRAPH,
    "longcat_flash_ngram": NO_GRAPH,
    "muse_spark": _no_graph(text("its Muse Glimmer is another model")),
    "nanochat": NO_GRAPH,
    "olmo": text("mlx-lm asks for the package ai2-olmo, and then fails at any prompt of several tokens"),
    "olmo_hybrid": NO_GRAPH,
    "phi-msft": _no_graph(text("its Phi 2 has no experts")),
    "phi3small": _no_graph(text("its Phi 3 has no block-sparse attention")),
    "phixtral": _no_graph(text("its Phi 2 has no experts")),
    "prism_hadamard_qwen35": text("its 2-bit weights are rotated, and llama.cpp does not rotate what goes into them"),
    "recurrent_gemma": NO_GRAPH,
    "rwkv7": _only_here(text("its tokenizer is a word list in a format that MLX Ferry does not read")),
}
