"""Gemma 3n's text part: four copies of the stream, an embedding of its own per layer, zeros for tokens that have none.

llama.cpp has most of the published numbers built in: src/models/gemma3n.cpp, models.h, llama-hparams.h.
"""

import math
from statistics import NormalDist

import numpy as np
from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import BOOL, F32, U32, Config, ConfigRow
from app.core.architectures.decoder import (
    LAYER,
    OnLayer,
    attention,
    decoder_sizes,
    embedding_norm_head,
    head_norms,
    mlp,
    vector,
    without_biases,
)
from app.core.architectures.decoder_metadata import DECODER_METADATA
from app.core.architectures.ops import Change, PadRows
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, one_of, rope_scaling
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

PERIOD = 5  # every fifth layer sees everything: transformers models/gemma3n/configuration_gemma3n.py
LAYERS_WITH_KEYS = 20  # those after them use the keys and values of the last two: llama.cpp src/models/gemma3n.cpp
SPARSE_LAYERS, SPARSITY = 10, 0.95  # llama.cpp src/models/models.h, n_layer_sparsity, f_sparsity_std_mul


def _usual_kinds(config: Config) -> list[str]:
    layers = range(config["num_hidden_layers"])
    return ["sliding_attention" if (i + 1) % PERIOD else "full_attention" for i in layers]


def _usual_sparsity(config: Config) -> list[float]:
    return [SPARSITY if i < SPARSE_LAYERS else 0.0 for i in range(config["num_hidden_layers"])]


# same file, Gemma3nTextConfig
DEFAULTS = {
    "layer_types": _usual_kinds,
    "activation_sparsity_pattern": _usual_sparsity,
}


def _feed_forward(config: Config) -> list[int]:
    lengths = config["intermediate_size"]
    return lengths if isinstance(lengths, list) else [lengths] * config["num_hidden_layers"]


def _sizes(config: Config, layer: int) -> dict[str, int]:
    copies, inputs = config["altup_num_inputs"], config["hidden_size_per_layer_input"]
    return {
        **decoder_sizes(config, layer),
        "intermediate": _feed_forward(config)[layer],
        "copies": copies,
        "other copies": copies - 1,
        "copies²": copies**2,
        "rank": config["laurel_rank"],
        "input": inputs,
        "inputs": inputs * config["num_hidden_layers"],
        "input tokens": config["vocab_size_per_layer_input"],
    }


def _all_tokens(layer: Layer) -> Change:
    """llama.cpp looks every token up, those for pictures and sounds too: conversion/gemma.py, Gemma3NModel."""
    return Change(PadRows(layer.sizes["vocabulary"]))


def _matrix(name: str, rows: str, columns: str, layers: OnLayer = None) -> TensorRule:
    return TensorRule(f"{LAYER}{name}.weight", (rows, columns), layers=layers)


def _stack(name: str) -> TensorRule:
    return TensorRule(f"model.{name}.{{1}}.weight", ("other copies", "hidden", "hidden"), mapped=f"model.{name}.weight")


def _scales(config: Config) -> list[float]:
    """How many standard deviations above the mean an activation must be not to be cut."""
    shares = (float(share) for share in config["activation_sparsity_pattern"])
    return [float(np.float32(NormalDist().inv_cdf(share))) if share else -math.inf for share in shares]


def _sharing_fits(config: Config) -> bool:
    layers = config["num_hidden_layers"]
    return bool(config["num_kv_shared_layers"] == max(0, layers - LAYERS_WITH_KEYS))


def _tokens_fit(config: Config) -> bool:
    return bool(config["vocab_size_per_layer_input"] <= config["vocab_size"])


NORMS = ("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm")

GEMMA3N = Architecture(
    name="Gemma 3n",
    model_types=("gemma3n",),
    gguf="gemma3n",
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/gemma3n.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/gemma3n.py: no lm_head",
    ties_by_default=True,  # transformers Gemma3nTextConfig
    defaults=DEFAULTS,
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    tensors=(
        *embedding_norm_head(),
        TensorRule(
            "model.embed_tokens_per_layer.weight",
            ("input tokens", "inputs"),
            _all_tokens,
            written=("vocabulary", "inputs"),
        ),
        TensorRule("model.per_layer_model_projection.weight", ("inputs", "hidden")),
        TensorRule("model.per_layer_projection_norm.weight", ("input",)),
        _stack("altup_projections"),
        _stack("altup_unembed_projections"),
        *(vector(LAYER + name) for name in NORMS),
        *without_biases(attention()),
        *head_norms(),
        *without_biases(mlp()),
        _matrix("altup.correction_coefs", "copies", "copies"),
        _matrix("altup.prediction_coefs", "copies²", "copies"),
        _matrix("altup.modality_router", "copies", "hidden"),
        vector(LAYER + "altup.router_norm"),
        TensorRule(
            LAYER + "altup.correct_output_scale", ("hidden",), mapped=LAYER + "altup.correct_output_scale.weight"
        ),
        _matrix("laurel.linear_left", "rank", "hidden"),
        _matrix("laurel.linear_right", "hidden", "rank"),
        vector(LAYER + "laurel.post_laurel_norm"),
        _matrix("per_layer_input_gate", "input", "hidden"),
        _matrix("per_layer_projection", "hidden", "input"),
        vector(LAYER + "post_per_layer_input_norm"),
    ),
    metadata=(  # llama.cpp conversion/gemma.py, Gemma3NModel.set_gguf_parameters
        *DECODER_METADATA,
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=_feed_forward),
        ConfigRow(Keys.LLM.FINAL_LOGIT_SOFTCAPPING, F32, ("final_logit_softcapping",)),
        ConfigRow(Keys.Attention.SLIDING_WINDOW, U32, ("sliding_window",)),
        ConfigRow("{arch}.altup.active_idx", U32, ("altup_active_idx",)),
        ConfigRow("{arch}.altup.num_inputs", U32, ("altup_num_inputs",)),
        ConfigRow("{arch}.embedding_length_per_layer_input", U32, ("hidden_size_per_layer_input",)),
        ConfigRow("{arch}.attention.shared_kv_layers", U32, ("num_kv_shared_layers",)),
        ConfigRow("{arch}.activation_sparsity_scale", F32, ("activation_sparsity_pattern",), value=_scales),
        ConfigRow(
            Keys.Attention.SLIDING_WINDOW_PATTERN,
            BOOL,
            value=lambda c: [kind == "sliding_attention" for kind in c["layer_types"]],
        ),
    ),
    requirements=(
        one_of("hidden_activation", "gelu_pytorch_tanh"),
        NO_OUTPUT_BIAS,
        rope_scaling(by="mlx-lm"),
        Requirement(
            "final_logit_softcapping", text("logits capped at 30"), lambda c: c["final_logit_softcapping"] == 30
        ),
        Requirement("altup_num_inputs", text("four copies of the stream"), lambda c: c["altup_num_inputs"] == 4),
        Requirement("altup_active_idx", text("the first copy as the active one"), lambda c: c["altup_active_idx"] == 0),
        Requirement("altup_correct_scale", text("scaled corrections"), lambda c: c["altup_correct_scale"] is True),
        Requirement("laurel_rank", text("a rank of 64"), lambda c: c["laurel_rank"] == 64),
        Requirement(
            "hidden_size_per_layer_input",
            text("256 inputs per layer"),
            lambda c: c["hidden_size_per_layer_input"] == 256,
        ),
        Requirement("vocab_size_per_layer_input", text("no more inputs per layer than tokens"), _tokens_fit),
        Requirement("num_kv_shared_layers", text("twenty layers with keys and values of their own"), _sharing_fits),
        Requirement(
            "layer_types", text("full attention in every fifth layer"), lambda c: c["layer_types"] == _usual_kinds(c)
        ),
        Requirement(
            "activation_sparsity_pattern",
            text("a sparsity of 0.95 in the first ten layers and none after them"),
            lambda c: c["activation_sparsity_pattern"] == _usual_sparsity(c),
        ),
        Requirement("intermediate_size", text("one length for all layers"), lambda c: len(set(_feed_forward(c))) == 1),
    ),
    sizes=_sizes,
)

FAMILIES = (GEMMA3N,)
