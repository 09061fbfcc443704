"""Command R: attention and feed-forward side by side after one norm, logits scaled, no head of its own."""

from app.core.architectures.vocabulary import *

LAYERS_WITH_NORMS = 64  # llama.cpp src/models/command-r.cpp: from here on queries and keys have norms

COMMAND_R = Architecture(
    name="Command R",
    model_types=("cohere",),
    gguf="command-r",
    vocabularies={"cohere": KnownVocabulary(pre_tokenizer="command-r")},
    sources=("src/models/command-r.cpp", "conversion/command_r.py", "mlx_lm/models/cohere.py"),
    head=HeadFacts(Head.NEVER, MlxHead.NEVER, ties=True),
    defaults={  # transformers models/cohere/configuration_cohere.py, CohereConfig
        **lengths(layers=40, hidden=8192, intermediate=22528, heads=64, kv_heads=query_heads),
        "logit_scale": 0.0625,
        **common(context=8192, theta=500000.0),
        "layer_norm_eps": 1e-5,
        "use_qk_norm": False,
    },
    parts=(
        decoder(),
        norms(names={"input_layernorm": "attn_norm"}),
        attention("qkv"),
        norms_of_each_head(where("use_qk_norm")),
        mlp(),
        rope(),
    ),
    metadata=(
        u32(Keys.LLM.CONTEXT_LENGTH, "model_max_length", "max_position_embeddings"),
        f32(Keys.LLM.LOGIT_SCALE, "logit_scale"),
        rows.NO_SCALING,
    ),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        even_heads(),
        Requirement(
            "use_qk_norm",
            text("norms of queries and keys in models of 64 layers and more, and only there"),
            lambda c: bool(c["use_qk_norm"]) == (c["num_hidden_layers"] >= LAYERS_WITH_NORMS),
        ),
    ),
)
