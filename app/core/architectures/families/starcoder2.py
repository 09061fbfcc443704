"""StarCoder 2: norms and projections with biases, a feed-forward network without a gate."""

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.decoder import LAYER, decoder_sizes, embedding_norm_head
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.families.starcoder import GELU
from app.core.architectures.requirements import MLX_DOES_NOT_SCALE, one_of, rope_scaling
from app.core.known_vocabulary import KnownVocabulary

# transformers models/starcoder2/configuration_starcoder2.py, Starcoder2Config
DEFAULTS = {
    "max_position_embeddings": 4096,
    "norm_epsilon": 1e-5,
    "rope_theta": 10000.0,
}


def _with_bias(name: str, *shape: str) -> tuple[TensorRule, TensorRule]:
    return TensorRule(f"{name}.weight", shape), TensorRule(f"{name}.bias", shape[:1])


# Neither llama.cpp nor mlx-lm has the sliding window that published configurations name
STARCODER2 = Architecture(
    name="StarCoder 2",
    model_types=("starcoder2",),
    gguf="starcoder2",
    vocabularies={"starcoder2": KnownVocabulary(pre_tokenizer="starcoder")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/starcoder2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/starcoder2.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,  # transformers Starcoder2Config
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(),
        TensorRule("model.norm.bias", ("hidden",)),
        *_with_bias(LAYER + "input_layernorm", "hidden"),
        *_with_bias(LAYER + "post_attention_layernorm", "hidden"),
        *_with_bias(LAYER + "self_attn.q_proj", "hidden", "hidden"),
        *_with_bias(LAYER + "self_attn.k_proj", "kv_dim", "hidden"),
        *_with_bias(LAYER + "self_attn.v_proj", "kv_dim", "hidden"),
        *_with_bias(LAYER + "self_attn.o_proj", "hidden", "hidden"),
        *_with_bias(LAYER + "mlp.c_fc", "intermediate", "hidden"),
        *_with_bias(LAYER + "mlp.c_proj", "hidden", "intermediate"),
    ),
    metadata=DECODER_METADATA,
    requirements=(  # llama.cpp src/models/starcoder2.cpp
        one_of("hidden_act", *GELU),
        one_of("use_bias", True),
        rope_scaling("linear", "yarn"),
        MLX_DOES_NOT_SCALE,
    ),
    sizes=decoder_sizes,
)

FAMILIES = (STARCODER2,)
