"""What generations of Gemma share; from the third on some have an embedding of its own for each layer."""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import AnyChange, Part
from app.core.architectures.config_rows import Config, f32, u32
from app.core.architectures.decoder_metadata import unusual_rope_base
from app.core.architectures.layers import OnLayer
from app.core.architectures.ops import NOTHING, PLUS_ONE
from app.core.architectures.parts.decoder import LAYER, decoder, matrix, tensor
from app.core.architectures.requirements import NO_OUTPUT_BIAS, never, one_of, rope_scaling
from app.core.text import text

SOFT_CAP = f32(Keys.LLM.FINAL_LOGIT_SOFTCAPPING, "final_logit_softcapping")
SHARED_KEYS = u32("{arch}.attention.shared_kv_layers", "num_kv_shared_layers")
GELU = one_of("hidden_activation", "gelu_pytorch_tanh")
CAUSAL = never("use_bidirectional_attention", text("causal attention"))


def early_decoder() -> Part:
    """Of the first two: llama.cpp conversion/gemma.py, GemmaModel and Gemma2Model, write none of rope's keys."""
    part = decoder(PLUS_ONE, keeps=lambda row: "rope." not in row.key)
    return replace(
        part, metadata=(*part.metadata, unusual_rope_base()), requirements=(NO_OUTPUT_BIAS, CAUSAL, rope_scaling())
    )


def input_tables(rows: str = "vocabulary", change: AnyChange = NOTHING, layers: OnLayer = None) -> Part:
    """The embeddings of all layers, and what is added to them of the model's own; `change` makes `rows` enough.

    What is in no layer is asked for as if it were in the first one.
    """
    table = "model.embed_tokens_per_layer.weight", "per_layer_token_embd.weight"
    return Part(
        (
            tensor(*table, rows, "inputs", change=change, layers=layers, written=("vocabulary", "inputs")),
            *matrix("model.per_layer_model_projection", "per_layer_model_proj", "inputs", "hidden", layers=layers),
            *matrix("model.per_layer_projection_norm", "per_layer_proj_norm", "input", layers=layers),
        ),
        sizes=_input_sizes,
    )


def _input_sizes(config: Config, _layer: int) -> dict[str, int]:
    inputs = config["hidden_size_per_layer_input"] or 0
    return {"input": inputs, "inputs": inputs * config["num_hidden_layers"]}


def layer_inputs(layers: OnLayer = None) -> Part:
    """How a layer takes up its own embedding."""
    return Part(
        (
            *matrix(f"{LAYER}per_layer_input_gate", "inp_gate", "input", "hidden", layers=layers),
            *matrix(f"{LAYER}per_layer_projection", "proj", "hidden", "input", layers=layers),
            *matrix(f"{LAYER}post_per_layer_input_norm", "post_norm", "hidden", layers=layers),
        )
    )
