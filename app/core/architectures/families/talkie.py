"""Talkie: norms without weights, learned gains instead; it rotates the other way round than all others."""

from app.core.architectures.vocabulary import *

BLOCK = "model.blocks.{}."
ATTEND, FORWARD = BLOCK + "attn.attn_", BLOCK + "mlp.mlp_"
EPSILON = 2.0**-23  # of float32, which the published implementation takes; llama.cpp conversion/talkie.py


def _rotated_back(layer: Layer) -> Change:
    """The second half of each head with the other sign: llama.cpp conversion/talkie.py, modify_tensors."""
    half = layer.sizes["head"] // 2
    return on_values(ScaleRows(((half, 1.0), (half, -1.0)) * layer.sizes["heads"]))


TALKIE = Architecture(
    name="Talkie",
    model_types=("talkie",),
    gguf="talkie",
    sources=("src/models/talkie.cpp", "conversion/talkie.py", "mlx_lm/models/talkie.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.PRESENCE),
    defaults={  # mlx-lm models/talkie.py, ModelArgs; lewtun/talkie-1930-13b-it-hf has the same
        **lengths(layers=40, hidden=5120, intermediate=13696, heads=40, head=128),
        **common(context=2048, theta=1e6),
    },
    embedding="model.embed.weight",
    lm_head="lm_head",
    parts=(rope(by="mlx-lm"),),
    tensors=(
        tensor("model.embed.weight", "token_embd.weight", "vocabulary", "hidden"),
        tensor("lm_head", "output.weight", "vocabulary", "hidden", optional=True),
        TensorRule("lm_head_gain.w_g", ("one",), key=Keys.LLM.LOGIT_SCALE),
        tensor(ATTEND + "query.weight", "attn_q.weight", "q_dim", "hidden", change=_rotated_back),
        tensor(ATTEND + "key.weight", "attn_k.weight", "q_dim", "hidden", change=_rotated_back),
        tensor(ATTEND + "value.weight", "attn_v.weight", "q_dim", "hidden"),
        tensor(ATTEND + "resid.weight", "attn_output.weight", "hidden", "q_dim"),
        tensor(BLOCK + "attn_gain.a_g", "attn_output.scale", "one"),
        tensor(BLOCK + "attn.head_gain.head_g", "attn_q_norm.weight", "heads", "one"),
        tensor(FORWARD + "gate.weight", "ffn_gate.weight", "intermediate", "hidden"),
        tensor(FORWARD + "linear.weight", "ffn_up.weight", "intermediate", "hidden"),
        tensor(FORWARD + "resid.weight", "ffn_down.weight", "hidden", "intermediate"),
        tensor(BLOCK + "mlp_gain.a_g", "ffn_down.scale", "one"),
        tensor(BLOCK + "embed_skip.a_g", "layer_output_scale.weight", "one"),
    ),
    metadata=(*DECODER_METADATA, constant(Keys.Attention.LAYERNORM_RMS_EPS, EPSILON)),
    requirements=(OWN_HEAD, AS_MANY_KV_HEADS),
    sizes=lambda config, _: {**decoder_sizes(config), "one": 1},
)
