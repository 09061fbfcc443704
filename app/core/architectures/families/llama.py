"""Llama and its look-alikes. GGUF orders rotary pairs differently, so that rows of Q and K move."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import Architecture, ComputedTensor, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import U32, Config, ConfigRow, setting
from app.core.architectures.decoder import (
    LAYER,
    attention,
    decoder_sizes,
    embedding_norm_head,
    experts,
    head_size,
    mlp,
    rotary_rows,
    vector,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, Requirement, one_of, rope_scaling
from app.core.architectures.rope_factors import llama3_factors
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

# transformers models/llama/configuration_llama.py, LlamaConfig
DEFAULTS = {
    "num_key_value_heads": lambda config: config["num_attention_heads"],
    "head_dim": lambda config: config["hidden_size"] // config["num_attention_heads"],
    "max_position_embeddings": 2048,
    "rope_theta": 10000.0,
}


def _sees_everything(config: Config) -> bool:
    return set(setting(config, "layer_types") or ()) <= {"full_attention"}


ROTARY_ATTENTION = attention(q=rotary_rows("heads"), k=rotary_rows("kv_heads"))
NORMS = (vector(LAYER + "input_layernorm"), vector(LAYER + "post_attention_layernorm"))

LLAMA = Architecture(
    name="Llama",
    model_types=("llama",),
    gguf="llama",
    # llama.cpp conversion/llama.py: CodeLlama, where it ends an infill
    vocabularies={"llama": KnownVocabulary(ids={32016: {"eot": 32010}})},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/llama.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/llama.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=True,
    unties_as_published=True,  # LlamaConfig
    defaults=DEFAULTS,
    tensors=(*embedding_norm_head(), *NORMS, *ROTARY_ATTENTION, *mlp()),
    metadata=(
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Rope.DIMENSION_COUNT, U32, value=head_size),
    ),
    computed=(ComputedTensor("rope_freqs.weight", llama3_factors),),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling("linear", "llama3", "yarn"),
        Requirement("layer_types", text("full attention in all layers"), _sees_everything),  # src/models/llama.cpp
    ),
    sizes=decoder_sizes,
)

MISTRAL = replace(
    LLAMA,
    name="Mistral",
    model_types=("mistral",),
    # transformers models/mistral/configuration_mistral.py, MistralConfig
    defaults={**DEFAULTS, "num_key_value_heads": 8, "max_position_embeddings": 131072},
)

MIXTRAL = replace(
    LLAMA,
    name="Mixtral",
    model_types=("mixtral",),
    mlx_head_source="mlx-lm models/mixtral.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    ties_by_default=False,
    unties_as_published=False,
    # transformers models/mixtral/configuration_mixtral.py, MixtralConfig
    defaults={
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-5,
        "rope_theta": 1e6,
        "num_local_experts": 8,
        "num_experts_per_tok": 2,
    },
    tensors=(
        *embedding_norm_head(),
        *NORMS,
        *ROTARY_ATTENTION,
        TensorRule(LAYER + "block_sparse_moe.gate.weight", ("experts", "hidden")),
        *experts(
            LAYER + "block_sparse_moe",
            published={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"},
            mapped="layers.{}.feed_forward.experts",
        ),
    ),
    requirements=(*LLAMA.requirements, MLX_DOES_NOT_SCALE),
    sizes=lambda config, _: {**decoder_sizes(config), "expert_intermediate": config["intermediate_size"]},
)

FAMILIES = (LLAMA, MISTRAL, MIXTRAL)
