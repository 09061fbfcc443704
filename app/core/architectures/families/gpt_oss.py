"""gpt-oss: experts packed in MXFP4 as published, attention sinks."""

from app.core.architectures.vocabulary import *


def _experts(name: str, gguf: str, rows: str, columns: str) -> tuple[TensorRule, ...]:
    """Published are gate_up_proj_blocks and _scales for all; mlx-lm models/gpt_oss.py, sanitize, takes them apart."""
    at = f"{MLP}.experts.{name}"
    return (
        tensor(f"{at}.weight", f"{gguf}.weight", "experts", rows, columns),
        tensor(f"{at}.bias", f"{gguf}.bias", "experts", rows),
    )


GPT_OSS = Architecture(
    name="gpt-oss",
    model_types=("gpt_oss",),
    gguf="gpt-oss",
    vocabularies={"gpt_oss": KnownVocabulary(pre_tokenizer="gpt-4o")},
    sources=("src/models/openai-moe.cpp", "conversion/gpt_oss.py", "mlx_lm/models/gpt_oss.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    defaults={  # transformers models/gpt_oss/configuration_gpt_oss.py, GptOssConfig
        **lengths(layers=36, hidden=2880, intermediate=2880, heads=64, kv_heads=8, head=64),
        **moe.numbers(used=4, num_local_experts=128),
        "sliding_window": 128,
        **common(context=131072, epsilon=1e-5, theta=150000.0),
        "initial_context_length": 4096,
    },
    parts=(
        decoder(),
        norms(names={"input_layernorm": "attn_norm", "post_attention_layernorm": "post_attention_norm"}),
        with_biases(attention("qkvo")),
        Part.of(
            tensor(f"{ATTENTION}.sinks", "attn_sinks.weight", "heads"),
            *matrix(f"{MLP}.router", "ffn_gate_inp", "experts", "hidden", bias=True),
            *_experts("gate_proj", "ffn_gate_exps", "expert_intermediate", "hidden"),
            *_experts("up_proj", "ffn_up_exps", "expert_intermediate", "hidden"),
            *_experts("down_proj", "ffn_down_exps", "hidden", "expert_intermediate"),
        ),
        rope("yarn"),
        windows.built_in(2),  # src/models/openai-moe.cpp, load_swa_pattern
    ),
    metadata=(windows.WIDTH, moe.INTERMEDIATE_LENGTH),
    requirements=(SILU, one_of("swiglu_limit", 7.0)),
    sizes=moe.expert_size("intermediate_size"),
    converts_huggingface=False,  # gate and up are published as one tensor, their rows in turn
)
