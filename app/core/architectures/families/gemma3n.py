"""Gemma 3n's text part: four copies of the stream, an embedding of its own per layer, zeros for tokens that have none.

llama.cpp has most of the published numbers built in: src/models/gemma3n.cpp, models.h, llama-hparams.h.
"""

import math
from statistics import NormalDist

import numpy as np

from app.core.architectures.vocabulary import *

PERIOD = 5  # every fifth layer sees everything: transformers models/gemma3n/configuration_gemma3n.py
LAYERS_WITH_KEYS = 20  # those after them use the keys and values of the last two: llama.cpp src/models/gemma3n.cpp
SPARSE_LAYERS, SPARSITY = 10, 0.95  # llama.cpp src/models/models.h, n_layer_sparsity, f_sparsity_std_mul


def _usual_sparsity(config: Config) -> list[float]:
    return [SPARSITY if i < SPARSE_LAYERS else 0.0 for i in range(config["num_hidden_layers"])]


def _scales(config: Config) -> list[float]:
    """How many standard deviations above the mean an activation must be not to be cut."""
    shares = (float(share) for share in config["activation_sparsity_pattern"])
    return [float(np.float32(NormalDist().inv_cdf(share))) if share else -math.inf for share in shares]


def _feed_forward(config: Config) -> list[int]:
    lengths = config["intermediate_size"]
    return lengths if isinstance(lengths, list) else [lengths] * config["num_hidden_layers"]


def _sizes(config: Config, layer: int) -> dict[str, int]:
    copies = config["altup_num_inputs"]
    return {
        "intermediate": _feed_forward(config)[layer],
        "copies": copies,
        "other copies": copies - 1,
        "copies²": copies**2,
        "rank": config["laurel_rank"],
        "input tokens": config["vocab_size_per_layer_input"],
    }


def _all_tokens(layer: Layer) -> Change:
    """llama.cpp looks every token up, those for pictures and sounds too: conversion/gemma.py, Gemma3NModel."""
    return Change(PadRows(layer.sizes["vocabulary"]))


def _always(name: str, value: int, only: Text) -> Requirement:
    return Requirement(name, only, lambda config: bool(config[name] == value))


OTHER_COPIES = ("other copies", "hidden", "hidden")

GEMMA3N = Architecture(
    name="Gemma 3n",
    model_types=("gemma3n", "gemma3n_text"),
    gguf="gemma3n",
    sources=("src/models/gemma3n.cpp", "conversion/gemma.py", "mlx_lm/models/gemma3n.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.NEVER, ties=True),
    # transformers Gemma3nTextConfig
    defaults={"layer_types": windows.full_every(PERIOD), "activation_sparsity_pattern": _usual_sparsity},
    parts=(
        decoder(),
        gemma.input_tables("input tokens", _all_tokens),
        Part.of(
            TensorRule("model.altup_projections.{1}.weight", OTHER_COPIES, gguf="altup_proj.weight"),
            TensorRule("model.altup_unembed_projections.{1}.weight", OTHER_COPIES, gguf="altup_unembd_proj.weight"),
        ),
        norms(names=FOUR_NORMS),
        attention(),
        head_norms(),
        mlp(),
        Part.of(
            *matrix(f"{LAYER}altup.correction_coefs", "altup_correct_coef", "copies", "copies"),
            *matrix(f"{LAYER}altup.prediction_coefs", "altup_predict_coef", "copies²", "copies"),
            *matrix(f"{LAYER}altup.modality_router", "altup_router", "copies", "hidden"),
            *matrix(f"{LAYER}altup.router_norm", "altup_router_norm", "hidden"),
            TensorRule(f"{LAYER}altup.correct_output_scale", ("hidden",), gguf="altup_correct_scale.weight"),
            *matrix(f"{LAYER}laurel.linear_left", "laurel_l", "rank", "hidden"),
            *matrix(f"{LAYER}laurel.linear_right", "laurel_r", "hidden", "rank"),
            *matrix(f"{LAYER}laurel.post_laurel_norm", "laurel_post_norm", "hidden"),
        ),
        gemma.layer_inputs(),
        rope(by="mlx-lm"),
        windows.built_in(PERIOD),
    ),
    metadata=(  # llama.cpp conversion/gemma.py, Gemma3NModel.set_gguf_parameters
        u32(Keys.LLM.FEED_FORWARD_LENGTH, value=_feed_forward),
        gemma.SOFT_CAP,
        windows.WIDTH,
        u32("{arch}.altup.active_idx", "altup_active_idx"),
        u32("{arch}.altup.num_inputs", "altup_num_inputs"),
        u32("{arch}.embedding_length_per_layer_input", "hidden_size_per_layer_input"),
        gemma.SHARED_KEYS,
        f32("{arch}.activation_sparsity_scale", "activation_sparsity_pattern", value=_scales),
        windows.PATTERN,
    ),
    requirements=(
        gemma.GELU,
        NO_OUTPUT_BIAS,
        _always("final_logit_softcapping", 30, text("logits capped at 30")),
        _always("altup_num_inputs", 4, text("four copies of the stream")),
        _always("altup_active_idx", 0, text("the first copy as the active one")),
        Requirement("altup_correct_scale", text("scaled corrections"), lambda c: c["altup_correct_scale"] is True),
        _always("laurel_rank", 64, text("a rank of 64")),
        _always("hidden_size_per_layer_input", 256, text("256 inputs per layer")),
        Requirement(
            "vocab_size_per_layer_input",
            text("no more inputs per layer than tokens"),
            lambda c: bool(c["vocab_size_per_layer_input"] <= c["vocab_size"]),
        ),
        Requirement(
            "num_kv_shared_layers",
            text("twenty layers with keys and values of their own"),
            lambda c: bool(c["num_kv_shared_layers"] == max(0, c["num_hidden_layers"] - LAYERS_WITH_KEYS)),
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
