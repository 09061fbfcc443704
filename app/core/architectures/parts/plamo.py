"""What PLaMo models share; from PLaMo 2 on norms before and after each part, stored less what they lie around."""

from app.core.architectures.architecture import Part
from app.core.architectures.ops import PLUS_ONE, AddConstant, on_values
from app.core.architectures.parts import fused
from app.core.architectures.parts.decoder import tensor
from app.core.architectures.sizes import common, lengths
from app.core.known_vocabulary import KnownVocabulary

BLOCK = "model.layers.layers.{}."
MIXER = BLOCK + "mixer"
# llama.cpp conversion/plamo.py, Plamo2Model and Plamo3Model; mlx-lm adds them when it computes
ONE = PLUS_ONE
AFTER_ATTENTION = on_values(AddConstant(1.0 / 5))
AFTER_FORWARD = on_values(AddConstant(1.0 / 5**1.5))
# llama.cpp conversion/base.py, _set_vocab_plamo, has it as an id
VOCABULARY = KnownVocabulary(roles={"eot": "<|plamo:op|>"})
# mlx-lm models/plamo2.py and plamo3.py, ModelArgs
DEFAULTS = {
    **lengths(layers=32, hidden=4096, intermediate=13312, heads=32, kv_heads=4),
    **common(context=2048, epsilon=1e-6),
}


def layers(*mixer: Part) -> tuple[Part, ...]:
    """A layer with `mixer` where others have attention alone."""
    return (
        Part((tensor(BLOCK + "pre_mixer_norm.weight", "attn_norm.weight", "hidden", change=ONE),)),
        *mixer,
        Part(
            (
                tensor(BLOCK + "post_mixer_norm.weight", "post_attention_norm", "hidden", change=AFTER_ATTENTION),
                tensor(BLOCK + "pre_mlp_norm.weight", "ffn_norm.weight", "hidden", change=ONE),
            )
        ),
        fused.mlp(BLOCK + "mlp"),
        Part((tensor(BLOCK + "post_mlp_norm.weight", "post_ffw_norm", "hidden", change=AFTER_FORWARD),)),
    )
