"""Model types that mlx-lm saves, and why no GGUF file is made of them."""

from collections.abc import Mapping

NO_GRAPH = "llama.cpp has no graph that computes it"

# Read in mlx-lm 0.32.2 (models/*.py, utils.py) and in llama-cpp-python 0.3.36's llama.cpp (conversion/*.py, src/models)
UNSUPPORTED: Mapping[str, str] = {
    "afm7": NO_GRAPH,
    "baichuan_m1": f"{NO_GRAPH}: its Baichuan has no convolutions of keys and values",
    "bailing_moe_linear": f"{NO_GRAPH}: its Ling has no linear attention that forgets at a fixed rate",
    "bitnet": f"{NO_GRAPH}: its BitNet has SiLU where mlx-lm's has the square of ReLU",
    "deepseek_v41": f"{NO_GRAPH}: its DeepSeek V4 is another model",
    "deepseek_v41_text": f"{NO_GRAPH}: its DeepSeek V4 is another model",
    "gear": NO_GRAPH,
    "gptj": f"{NO_GRAPH}: the name GPT-J is known, but nothing reads such a file",
    "iquestloopcoder": f"{NO_GRAPH}: its second loop mixes attention to the first loop's keys with a window of its own",
    "kimi_k3": "the file would hold products of two tensors (attn_res_score and the like), and there is no op for that",
    "kimi_vl": "mlx-lm cannot load it as published: its text model has kv_b_proj in two halves, and nothing splits it",
    "Klear": NO_GRAPH,
    "lille-130m": "its layers are Llama's under names of its own, which llama.cpp's converter does not know",
    "llama4_text": "llama.cpp refuses a Llama 4 without experts, and mlx-lm's text model of that type has none",
    "longcat_flash": NO_GRAPH,
    "longcat_flash_ngram": NO_GRAPH,
    "muse_spark": f"{NO_GRAPH}: its Muse Glimmer is another model",
    "nanochat": NO_GRAPH,
    "olmo": "mlx-lm asks for the package ai2-olmo, and then fails at any prompt of several tokens",
    "olmo_hybrid": NO_GRAPH,
    "phi-msft": f"{NO_GRAPH}: its Phi 2 has no experts",
    "phi3small": f"{NO_GRAPH}: its Phi 3 has no block-sparse attention",
    "phixtral": f"{NO_GRAPH}: its Phi 2 has no experts",
    "plamo2": "llama.cpp takes the size of rope from the first layer, which has no heads, and never ends computing it",
    "prism_hadamard_qwen35": "its 2-bit weights are rotated, and llama.cpp does not rotate what goes into them",
    "recurrent_gemma": NO_GRAPH,
    "rwkv7": "its tokenizer is a list of words of its own kind, which is not read here",
}
