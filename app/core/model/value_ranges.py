"""What llama.cpp computes with: for each key the numbers that its loader, its graphs and ggml take.

Files are those of llama.cpp; load_hparams is in its src/llama-model.cpp. A number may pass that no model
has, but none that llama.cpp refuses, aborts on, never ends with, or computes NaN with whatever the weights are.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from gguf import GGUFValueType, Keys

from app.core.architectures.ops import LARGEST
from app.core.architectures.rope_factors import WIDEST_HEAD

LAYER_LIMIT = 512  # src/llama-hparams.h, LLAMA_MAX_LAYERS
EXPERT_LIMIT = 1024  # same file, LLAMA_MAX_EXPERTS
WHOLE = (1 << 31) - 1  # hparams are uint32_t, and handed on to ggml as int
LONGEST_LIST = 4 * LAYER_LIMIT
TINY, HUGE = 2.0**-126, 2.0**126  # normal numbers of float32, and so are their reciprocals
MOST_HEADS = 1 << 16  # far more than any model has; ops of single heads are computed for the plan
WIDEST_WINDOW = 1 << 24  # more than any context
LEAST_FACTOR = 1e-4  # src/llama-context.cpp: 1 + 0.1·ln(factor) divides, and is zero at e⁻¹⁰


@dataclass(frozen=True)
class Range:
    """The numbers from `lowest` to `highest`, and those that llama.cpp takes for none (`absent`).

    `items` is for keys that it reads as a list too (get_arr, get_key_or_arr): what may stand in one; where it is
    `as_long_as_layers`, llama.cpp refuses any other length.
    """

    lowest: float
    highest: float
    absent: tuple[float, ...] = ()
    items: "Range | None" = None
    as_long_as_layers: bool = False

    def holds(self, value: float) -> bool:
        """False for NaN."""
        return self.lowest <= value <= self.highest or value in self.absent


FLAG = Range(0, 1)
FROM_ZERO, FROM_ONE = Range(0, WHOLE), Range(1, WHOLE)
LAYERS, EXPERTS = Range(0, LAYER_LIMIT), Range(0, EXPERT_LIMIT)
HEAD = Range(1, WIDEST_HEAD)
FLOAT, NOT_NEGATIVE, POSITIVE, NEGATIVE = Range(-HUGE, HUGE), Range(0, HUGE), Range(TINY, HUGE), Range(-LARGEST, -TINY)
# ggml_scale by either sign; zero is taken for none, or makes zeros
SCALE = Range(-LARGEST, LARGEST)
DIVISOR = Range(1 / LARGEST, LARGEST)
CAP = replace(POSITIVE, absent=(0,))  # it divides, then multiplies: src/models/gemma3.cpp
NONE = Range(0, 0)


def _for_layers(numbers: Range, items: Range | None = None) -> Range:
    """A list has a number for each layer: src/llama-model-loader.cpp, get_key_or_arr."""
    return replace(numbers, items=items or numbers, as_long_as_layers=True)


# What each type of a key holds
TYPES: Mapping[GGUFValueType, Range] = {
    GGUFValueType.UINT32: Range(0, (1 << 32) - 1),
    GGUFValueType.INT32: Range(-(1 << 31), WHOLE),
    GGUFValueType.FLOAT32: FLOAT,
    GGUFValueType.BOOL: FLAG,
}
KINDS: Mapping[GGUFValueType, tuple[type, ...]] = {
    GGUFValueType.UINT32: (int,),
    GGUFValueType.INT32: (int,),
    GGUFValueType.FLOAT32: (int, float),
    GGUFValueType.BOOL: (bool,),
    GGUFValueType.STRING: (str,),
}

# Their load_arch_hparams in src/models do not ask whether there is a window
ALWAYS_WITH_WINDOWS: tuple[str, ...] = ("cohere2", "exaone-moe", "gemma2", "gemma3n", "gemma4", "gpt-oss", "mimo2")
ALWAYS_WITH_WINDOWS += ("gemma-embedding", "muse-glimmer", "spark2_5", "step35")
LLM, ATTENTION, ROPE, SSM = Keys.LLM, Keys.Attention, Keys.Rope, Keys.SSM

# Keys with {arch} are those of every graph but the ones that have a row of their own; tensors that are computed from
# config.json stand under their names.
RANGES: Mapping[str, Range] = {
    # load_hparams asserts these
    LLM.BLOCK_COUNT: Range(1, LAYER_LIMIT),
    "{arch}.nextn_predict_layers": LAYERS,
    LLM.EXPERT_COUNT: EXPERTS,
    LLM.EXPERT_USED_COUNT: _for_layers(EXPERTS),
    LLM.EXPERT_GROUP_COUNT: EXPERTS,
    LLM.EXPERT_GROUP_USED_COUNT: EXPERTS,
    LLM.EXPERT_SHARED_COUNT: EXPERTS,
    # Sizes of tensors, and what they are divided by
    LLM.CONTEXT_LENGTH: FROM_ONE,
    LLM.EMBEDDING_LENGTH: FROM_ONE,
    LLM.VOCAB_SIZE: FROM_ZERO,
    LLM.FEED_FORWARD_LENGTH: _for_layers(FROM_ZERO),
    LLM.EXPERT_FEED_FORWARD_LENGTH: _for_layers(FROM_ZERO),
    LLM.EXPERT_SHARED_FEED_FORWARD_LENGTH: FROM_ZERO,
    "{arch}.embedding_length_per_layer_input": FROM_ZERO,  # src/models/gemma4.cpp: zero is none
    LLM.MOE_LATENT_SIZE: FROM_ZERO,
    # src/models/gemma-embedding.cpp
    **{f"{{arch}}.dense_{number}_feat_{side}": FROM_ONE for number in (2, 3) for side in ("in", "out")},
    ATTENTION.HEAD_COUNT: _for_layers(Range(1, MOST_HEADS), Range(0, MOST_HEADS)),
    "mamba.attention.head_count": NONE,  # the loader asks for the key all the same
    "mamba2.attention.head_count": NONE,
    ATTENTION.HEAD_COUNT_KV: _for_layers(Range(0, MOST_HEADS)),
    ATTENTION.KEY_LENGTH: HEAD,
    ATTENTION.VALUE_LENGTH: HEAD,
    ATTENTION.KEY_LENGTH_SWA: HEAD,
    ATTENTION.VALUE_LENGTH_SWA: HEAD,
    ATTENTION.KEY_LENGTH_MLA: HEAD,
    ATTENTION.VALUE_LENGTH_MLA: HEAD,
    ATTENTION.KV_LORA_RANK: FROM_ONE,
    ATTENTION.Q_LORA_RANK: FROM_ZERO,  # src/models/deepseek2.cpp: zero is none
    "{arch}.kda.head_dim": FROM_ONE,
    "{arch}.shortconv.l_cache": FROM_ONE,
    SSM.CONV_KERNEL: FROM_ONE,
    SSM.INNER_SIZE: FROM_ONE,
    SSM.STATE_SIZE: FROM_ONE,
    SSM.TIME_STEP_RANK: FROM_ONE,
    SSM.GROUP_COUNT: FROM_ONE,
    "plamo2.ssm.group_count": NONE,  # src/models/plamo2.cpp: GGML_ASSERT(n_group == 0)
    "{arch}.attention.indexer.head_count": FROM_ONE,
    "{arch}.attention.indexer.key_length": FROM_ONE,
    "{arch}.attention.indexer.top_k": FROM_ONE,
    "{arch}.attention.indexer.block_size": FROM_ONE,  # src/models/minimax-m3.cpp: it divides
    "{arch}.attention.indexer.local_blocks": FROM_ZERO,
    # Which layers are which
    LLM.LEADING_DENSE_BLOCK_COUNT: LAYERS,
    LLM.INTERLEAVE_MOE_LAYER_STEP: Range(1, LAYER_LIMIT),  # src/models/ernie4-5-moe.cpp: it divides
    LLM.MOE_EVERY_N_LAYERS: LAYERS,
    LLM.FULL_ATTENTION_INTERVAL: Range(1, LAYER_LIMIT),  # src/models/qwen35.cpp: it would divide
    "{arch}.n_deepstack_layers": LAYERS,
    "{arch}.num_loops": Range(1, LAYER_LIMIT),  # src/models/nanbeige.cpp
    ATTENTION.SHARED_KV_LAYERS: LAYERS,
    "{arch}.attention.recurrent_layers": _for_layers(FLAG),
    "{arch}.attention.indexer.types": _for_layers(FLAG),
    # src/llama-model.cpp, load_swa_pattern: a period, zero for windows everywhere, or a flag for each layer
    ATTENTION.SLIDING_WINDOW_PATTERN: replace(FROM_ZERO, items=FLAG),
    "{arch}.altup.active_idx": FROM_ZERO,  # this and the next two: not read, src/models/gemma3n.cpp has them built in
    "{arch}.altup.num_inputs": LAYERS,
    "{arch}.activation_sparsity_scale": replace(FLOAT, items=Range(-math.inf, HUGE)),
    # Zero is none for most; where layers have windows all the same, it masks everything: src/llama-hparams.h. A list
    # as long as the window is made: src/llama-kv-cache.cpp, idxs.reserve.
    ATTENTION.SLIDING_WINDOW: Range(0, WIDEST_WINDOW),
    **{f"{graph}.attention.sliding_window": Range(1, WIDEST_WINDOW) for graph in ALWAYS_WITH_WINDOWS},
    # ggml-cpu/ops.cpp: GGML_ASSERT(eps >= 0)
    ATTENTION.LAYERNORM_EPS: NOT_NEGATIVE,
    ATTENTION.LAYERNORM_RMS_EPS: NOT_NEGATIVE,
    # ggml-cpu/ops.cpp, ggml_compute_forward_rope: powf(base, −2/dimensions) is infinite at zero and NaN below it, and
    # grows from one value of a head to the next below 1. It never ends where no dimensions rotate.
    ROPE.FREQ_BASE: Range(1, HUGE),
    ROPE.FREQ_BASE_SWA: Range(1, HUGE),
    ROPE.DIMENSION_COUNT: HEAD,
    ROPE.DIMENSION_COUNT_SWA: HEAD,
    ROPE.DIMENSION_SECTIONS: replace(FROM_ZERO, items=FROM_ZERO),
    # load_hparams: 1/factor, zero is none; src/llama-context.cpp: its logarithm
    ROPE.SCALING_FACTOR: Range(LEAST_FACTOR, HUGE, absent=(0,)),
    ROPE.SCALING_ORIG_CTX_LEN: FROM_ZERO,  # load_hparams: zero is none
    "mistral3.rope.scaling.original_context_length": FROM_ONE,  # src/models/mistral3.cpp: it divides
    ROPE.SCALING_ATTN_FACTOR: SCALE,
    ROPE.SCALING_YARN_ATTN_FACTOR: SCALE,
    ROPE.SCALING_YARN_EXT_FACTOR: Range(-HUGE, LARGEST),  # src/llama-context.cpp: below zero is none
    # ggml/src/ggml.c, ggml_rope_yarn_corr_dim: the logarithm of context / (2π·beta)
    ROPE.SCALING_YARN_BETA_FAST: POSITIVE,
    ROPE.SCALING_YARN_BETA_SLOW: POSITIVE,
    ROPE.SCALING_YARN_LOG_MUL: Range(0, LARGEST),  # src/llama-context.cpp: 1 + 0.1·multiplier·ln(factor) divides
    # ggml-cpu/ops.cpp, rope_cache_init: they divide; Gemma 4 stops a rotation with 1e30
    "rope_freqs.weight": POSITIVE,
    "rope_factors_long.weight": POSITIVE,
    "rope_factors_short.weight": POSITIVE,
    # src/llama-graph.cpp, build_qkv, clamps where it is above zero
    ATTENTION.CLAMP_KQV: CAP,
    LLM.ATTN_LOGIT_SOFTCAPPING: CAP,
    LLM.FINAL_LOGIT_SOFTCAPPING: CAP,
    ATTENTION.SCALE: SCALE,
    "blk.{bid}.attn_q_norm.weight": SCALE,
    "blk.{bid}.attn_k_norm.weight": SCALE,
    "{arch}.attention.value_scale": SCALE,
    ATTENTION.TEMPERATURE_SCALE: SCALE,
    ATTENTION.TEMPERATURE_LENGTH: FROM_ONE,  # src/llama-graph.cpp: GGML_ASSERT(n_attn_temp_floor_scale != 0)
    LLM.EMBEDDING_SCALE: SCALE,
    LLM.RESIDUAL_SCALE: SCALE,
    LLM.LOGIT_SCALE: SCALE,
    # These graphs divide by it: src/models/granite.cpp
    **dict.fromkeys(("granite.logit_scale", "granitemoe.logit_scale", "granitehybrid.logit_scale"), DIVISOR),
    "minicpm.logit_scale": DIVISOR,
    LLM.EXPERT_WEIGHTS_SCALE: SCALE,
    LLM.EXPERT_GATING_FUNC: Range(1, 4),  # src/llama-hparams.h; build_moe_ffn aborts on others
    # src/llama-graph.cpp, build_ffn and build_moe_ffn: none below 1e-6
    LLM.SWIGLU_CLAMP_EXP: _for_layers(FLOAT),
    LLM.SWIGLU_CLAMP_SHEXP: _for_layers(FLOAT),
    "{arch}.kda.gate_lower_bound": NEGATIVE,  # src/models/bailingmoe3.cpp: GGML_ASSERT(kda_gate_lower_bound < 0)
    # ggml-cpu/unary-ops.cpp, op_xielu
    **dict.fromkeys(("xielu.alpha_n", "xielu.alpha_p", "xielu.beta", "xielu.eps"), _for_layers(SCALE)),
}


@cache
def range_of(key: str, graph: str) -> Range | None:
    """What a key of `graph`, or a tensor that is computed, may hold; None where it is known by its type only."""
    return RANGES.get(key.replace("{arch}", graph), RANGES.get(key))


def fits(key: str, kind: GGUFValueType, graph: str, value: object) -> bool:
    """Whether llama.cpp reads and computes with what would be written: a number, a list where it reads one, a text."""
    numbers = range_of(key, graph)
    if isinstance(value, list):
        items = numbers and numbers.items
        return items is not None and len(value) <= LONGEST_LIST and all(_fits(kind, items, one) for one in value)
    return _fits(kind, numbers, value)


def _fits(kind: GGUFValueType, numbers: Range | None, value: object) -> bool:
    if type(value) not in KINDS[kind]:
        return False
    return not isinstance(value, int | float) or (numbers or TYPES[kind]).holds(value)
