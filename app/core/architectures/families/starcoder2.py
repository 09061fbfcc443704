"""StarCoder 2: norms and projections with biases, a feed-forward network without a gate."""

from app.core.architectures.vocabulary import *

# Neither llama.cpp nor mlx-lm has the sliding window that published configurations name
STARCODER2 = Architecture(
    name="StarCoder 2",
    model_types=("starcoder2",),
    gguf="starcoder2",
    vocabularies={"starcoder2": KnownVocabulary(pre_tokenizer="starcoder")},
    sources=("src/models/starcoder2.cpp", "conversion/starcoder.py", "mlx_lm/models/starcoder2.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    # transformers models/starcoder2/configuration_starcoder2.py, Starcoder2Config
    defaults={"max_position_embeddings": 4096, "norm_epsilon": 1e-5, "rope_theta": 10000.0},
    parts=(
        decoder(),
        norms(bias=True),
        with_biases(attention("qkvo")),
        plain_mlp(names=("c_fc", "c_proj"), bias=True),
        rope("linear", "yarn"),
    ),
    tensors=(gpt.LAST_NORM_BIAS,),
    requirements=(one_of("hidden_act", *gpt.GELU), one_of("use_bias", True), MLX_DOES_NOT_SCALE),
    sizes=lambda config, _: {"q_dim": config["hidden_size"]},
)
