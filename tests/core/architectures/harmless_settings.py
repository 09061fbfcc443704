"""Settings that mlx-lm or transformers read though no family has to know them, and why."""

import re
from typing import Any

PATTERNS = (
    # Training and its losses, and the values that weights begin with
    r".*dropout|.*pdrop|.*initializer_range|.*jitter_noise|router_aux_loss_coef|rescale_prenorm_residual",
    r"time_step_(max|floor|scale|init_scheme)",
    # What a call gives back, and classes with other heads
    r"use_cache|output_.*|return_dict|problem_type|num_logits_to_keep|summary_.*",
    # How something is computed, not what: kernels, precision, lengths of chunks
    r"chunk_size|mamba_chunk_size|block_size|use_mamba_kernels|use_mambapy|use_associative_scan|residual_in_fp32",
    r"(scale_)?attention_softmax_in_fp32|reorder_and_upcast_attn",
    # What is in the weights then, or has its shape from it: tensors that are not known, missing or misshapen stop
    r".*_bias|bias|moe_router_enable_expert_bias|mamba_expand|mamba_d_head|block_dim|time_step_rank|ssm_state_size",
    r"linear_(conv_kernel_dim|head_dim|num_heads)|mlp_layer_types|num_nextn_predict_layers",
)
# Other parts of MLX Ferry read these
EVERYWHERE = {
    "dtype",  # the weights have their own
    "model_type",
    "pad_token_id",
    "rope_parameters",  # app/core/architectures/normalize_config.py
    "tie_word_embeddings",  # app/core/plan/head
    "vocab_size",  # the embedding's rows count
    "vocab_size_per_layer_input",
}
# mlx-lm and llama.cpp both attend to everything; transformers does not, in texts longer than the window
NO_WINDOW = "sliding_window"
ATTEND_TO_EVERYTHING = {
    # mlx-lm models/llama.py and ministral3.py: only where layer_types says so, which is refused
    *("IQuest Coder", "LLaVA", "Llama", "Ministral 3", "Mistral", "Mistral 3", "Pixtral", "XVERSE"),
    *("MiniMax M2", "Mistral 4", "Mixtral", "Qwen 2 MoE", "Qwen 3 MoE", "SmolLM3", "StarCoder 2", "dots.llm1"),
}
# For one family alone
OF_FAMILY = {
    "Hunyuan MoE": {"cla_share_factor"},  # counts with use_cla alone, which is refused
    "Mamba": {"mixer_rms_eps", "time_step_min"},  # counts with use_bcdt_rms alone, which is refused; weights' beginning
    "Falcon Mamba": {"use_bcdt_rms", "time_step_min"},  # mlx-lm models/mamba.py: always true here; weights' beginning
    "Mamba 2": {"time_step_min"},  # weights' beginning
    "MiniMax M3": {"hidden_act"},  # of the part that sees, transformers modeling_minimax_m3_vl.py
    "Granite 4": {"time_step_limit"},  # of Mamba layers, which it has none of
    "Granite 4 MoE": {"time_step_limit"},
    # Which layers are of which kind is in settings of mlx-lm's; transformers writes what it has made of them
    "Kimi Linear": {"layer_types"},
    "Ling 3": {"layer_types"},
    "MiMo V2": {"layer_types"},
    "Nemotron-H": {"n_shared_experts"},  # of experts, which it has none of
    "Step 3.5": {"query_pre_attn_scalar"},  # transformers 5 writes head_dim, whose root is the scale in mlx-lm as well
    "Qwen 3.5": {"decoder_sparse_step", "norm_topk_prob"},  # of experts, which it has none of
    # mlx-lm models/bailing_moe.py stores it and uses it nowhere
    "Ling": {"moe_router_enable_routed_scaling"},
    "Ling 2": {"moe_router_enable_routed_scaling"},
    "Ling with a normalized head": {"moe_router_enable_routed_scaling"},
}
# In spite of their names: the choice of experts, as mlx-lm models/phimoe.py and transformers' sparsemixer make it
COUNTING = {("Phi 3.5 MoE", "router_jitter_noise")}
# Values that change nothing, where those of the classes do not tell
HARMLESS: dict[tuple[str, str], list[Any]] = {
    ("Gemma 3n", "altup_coef_clip"): [120.0],  # transformers models/gemma3n/configuration_gemma3n.py
}
# transformers configuration_utils.py, PreTrainedConfig: other settings for single layers of any model
IN_ALL: dict[str, list[Any]] = {"per_layer_config": [{}]}


def is_harmless(family: str, name: str) -> bool:
    """Whether a family need not know a setting."""
    if (family, name) in COUNTING:
        return False
    if name == NO_WINDOW and family in ATTEND_TO_EVERYTHING:
        return True
    return name in OF_FAMILY.get(family, ()) or any(re.fullmatch(pattern, name) for pattern in PATTERNS)
