"""Settings that a graph of llama.cpp has no place for: each change to a tiny model's config.json is refused by name."""

import pytest

from app.core.architectures import find_architecture
from app.core.architectures.normalize_config import normalize_config
from tests.golden.family_models import FamilyModel
from tests.golden.variations import changed

LINEAR = {"attention": {"n_heads_in_group": None, "replace_with_linear": True}, "ffn": {"ffn_mult": 1.0}}
ATTENTION_ALONE = {"attention": {"n_heads_in_group": 2}, "ffn": {"no_op": True}}
NOTHING = {"attention": {"no_op": True}, "ffn": {"no_op": True}}
USUAL = {"attention": {"n_heads_in_group": 2}, "ffn": {"ffn_mult": 1.0}}
FACTORS = {"long_factor": [1.0] * 16, "short_factor": [1.0] * 16, "original_max_position_embeddings": 4096}
CASES = [
    ("afmoe", {"mup_enabled": False}, "mup_enabled"),
    ("afmoe", {"sliding_window": 0}, "sliding_window"),
    ("afmoe", {"layer_types": ["full_attention"] * 4}, "layer_types"),
    ("bailing_hybrid", {"architectures": ["BailingMoeV2_5ForCausalLM"]}, "architectures"),
    ("bailing_hybrid", {"use_bias": True}, "use_bias"),
    ("bailing_hybrid", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, "rope_scaling"),
    ("bailing_hybrid", {"rope_interleave": False}, "rope_interleave"),
    ("bailing_hybrid", {"no_kda_lora": False}, "no_kda_lora"),
    ("bailing_hybrid", {"kda_safe_gate": False}, "kda_safe_gate"),
    ("bailing_hybrid", {"gated_attention_proj_granularity_type": "x"}, "gated_attention_proj_granularity_type"),
    ("bailing_hybrid", {"num_shared_experts": 2}, "num_shared_experts"),
    ("bailing_hybrid", {"score_function": "softmax"}, "score_function"),
    ("bailing_hybrid", {"norm_topk_prob": False}, "norm_topk_prob"),
    ("bailing_hybrid", {"kda_lower_bound": 0.0}, "kda_lower_bound"),
    ("bailing_moe", {"routed_scaling_factor": 2.5}, "routed_scaling_factor"),
    ("bailing_moe", {"score_function": "sigmoid"}, "score_function"),
    ("bailing_moe", {"use_bias": True}, "use_bias"),
    ("bailing_moe-2", {"num_shared_experts": 2}, "num_shared_experts"),
    ("bailing_moe-2", {"score_function": "other"}, "score_function"),
    ("deepseek_v2", {"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}, "rope_scaling"),
    ("cohere2", {"layer_types": ["full_attention"] * 4}, "layer_types"),
    ("cohere2", {"layer_types": None, "sliding_window_pattern": 3}, "sliding_window_pattern"),
    ("falcon_mamba", {"use_conv_bias": False}, "use_conv_bias"),
    ("glm_moe_dsa", {"indexer_types": ["full", "shared"]}, "indexer_types"),
    ("glm_moe_dsa", {"index_topk_freq": 4}, "index_topk_freq"),
    ("hunyuan", {"num_shared_expert": 2}, "num_shared_expert"),
    ("hunyuan", {"use_mixed_mlp_moe": False}, "use_mixed_mlp_moe"),
    ("hunyuan_v1_dense", {"use_qk_norm": False}, "use_qk_norm"),
    ("jamba", {"mamba_proj_bias": True}, "mamba_proj_bias"),
    ("jamba", {"mamba_conv_bias": False}, "mamba_conv_bias"),
    ("jamba", {"sliding_window": 64}, "sliding_window"),
    ("kimi_linear", {"q_lora_rank": 16}, "q_lora_rank"),
    ("kimi_linear", {"mla_use_nope": False}, "mla_use_nope"),
    ("kimi_linear", {"moe_layer_freq": 2}, "moe_layer_freq"),
    ("kimi_linear", {"num_expert_group": 2}, "num_expert_group"),
    ("kimi_linear", {"moe_renormalize": False}, "moe_renormalize"),
    ("kimi_linear", {"num_experts": 0}, "num_experts"),
    ("kimi_linear", {"num_shared_experts": 0}, "num_shared_experts"),
    ("kimi_linear", {"num_hidden_layers": 3}, "linear_attn_config"),
    ("kimi_linear", {"num_attention_heads": 2}, "linear_attn_config"),
    ("mamba", {"use_bias": True}, "use_bias"),
    ("mamba", {"intermediate_size": 128}, "intermediate_size"),
    ("falcon_h1", {"time_step_limit": [0.0, 0.1]}, "time_step_limit"),
    ("granitemoehybrid", {"time_step_limit": [0.0, 0.1]}, "time_step_limit"),
    ("mamba2", {"time_step_limit": [0.0, 0.1]}, "time_step_limit"),
    ("nemotron_h", {"time_step_limit": [0.0, 0.1]}, "time_step_limit"),
    ("mamba2", {"num_heads": 2}, "num_heads"),
    ("minicpm", {"num_experts": 4}, "num_experts"),
    ("minicpm", {"rope_scaling": {"rope_type": "longrope", **FACTORS, "long_factor": []}}, "rope_scaling"),
    ("minicpm", {"rope_scaling": {"rope_type": "llama3", "factor": 2.0}}, "rope_scaling"),
    ("minicpm-long", {"max_position_embeddings": 1 << 20}, "max_position_embeddings"),
    ("ministral3", {"rope_parameters": None}, "rope_parameters"),
    ("minicpm3", {"scale_emb": 1}, "scale_emb"),
    ("minicpm3", {"scale_depth": 1.0}, "scale_depth"),
    ("minicpm3", {"dim_model_base": 64}, "dim_model_base"),
    ("nemotron", {"hidden_act": "silu"}, "hidden_act"),
    ("nemotron", {"head_dim": 16}, "head_dim"),
    ("nemotron-nas-biases", {"hidden_act": "gelu"}, "hidden_act"),
    ("nemotron-nas-biases", {"head_dim": 64}, "head_dim"),
    ("nemotron-nas-biases", {"rope_scaling": {"rope_type": "linear", "factor": 2.0}}, "rope_scaling"),
    ("nemotron-nas-biases", {"block_configs": [USUAL]}, "block_configs"),
    ("nemotron-nas-biases", {"block_configs": [USUAL, LINEAR]}, "block_configs"),
    ("nemotron-nas-biases", {"block_configs": [ATTENTION_ALONE, USUAL]}, "block_configs"),
    ("nemotron-nas-biases", {"block_configs": [USUAL, NOTHING]}, "block_configs"),
    ("nemotron-nas-biases", {"block_configs": [NOTHING, USUAL]}, "block_configs"),
    ("qwen3_next", {"layer_types": ["linear_attention"] * 4}, "layer_types"),
    ("falcon_h1", {"mamba_d_head": 16}, "mamba_d_ssm"),
    ("qwen3_vl", {"num_hidden_layers": 2}, "num_hidden_layers"),
    ("qwen3_vl_moe", {"num_hidden_layers": 2}, "num_hidden_layers"),
    ("falcon_h1", {"mamba_conv_bias": False}, "mamba_conv_bias"),
    ("granitemoehybrid", {"mamba_conv_bias": False}, "mamba_conv_bias"),
    ("granitemoehybrid", {"layer_types": ["mamba", "sliding_attention"]}, "layer_types"),
    ("granitemoehybrid", {"num_local_experts": 0}, "shared_intermediate_size"),
    ("granitemoehybrid-attention", {"position_embedding_type": "nope"}, "position_embedding_type"),
    ("granitemoehybrid-attention", {"shared_intermediate_size": 128}, "shared_intermediate_size"),
    ("granitemoehybrid-attention-moe", {"layer_types": ["attention"]}, "layer_types"),
    ("glm", {"rms_norm_eps": 1e-5}, "layernorm_epsilon"),
    ("glm", {"rope_ratio": 500}, "rope_ratio"),
    ("plamo", {"hidden_size": 128}, "num_attention_heads"),
    ("plamo", {"n_shared_head": 4}, "n_shared_head"),
    ("plamo", {"rope_traditional": True}, "rope_traditional"),
    ("plamo2", {"mamba_step": 1}, "mamba_step"),
    ("plamo2", {"rms_norm_eps": 1e-5}, "rms_norm_eps"),
    ("plamo2", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}, "rope_scaling"),
    ("plamo2", {"rope_theta": 1e6}, "rope_theta"),
    ("plamo3", {"sliding_window": 4}, "sliding_window"),
    ("plamo3", {"sliding_window_pattern": 1}, "sliding_window_pattern"),
    ("plamo3", {"linear_type": "fp8"}, "linear_type"),
    ("smollm3", {"no_rope_layers": [1, 1, 1, 1]}, "no_rope_layers"),
    ("smollm3", {"no_rope_layers": None, "no_rope_layer_interval": 3}, "no_rope_layer_interval"),
]


def refused(name, changes):
    config = changed(FamilyModel(name).config, changes)
    family = find_architecture(config["model_type"], config)
    assert family is not None
    unified = normalize_config(config, family.defaults)
    return {one.name for one in family.all_requirements if not one.fits(unified) and not one.is_assumed}


@pytest.mark.parametrize(("name", "changes", "setting"), CASES)
def test_what_a_graph_cannot_compute_is_refused(name, changes, setting):
    assert refused(name, {}) == set()
    assert refused(name, changes) == {setting}


def test_what_llama_cpp_can_and_mlx_lm_cannot_is_put_down_to_mlx_lm():
    family = find_architecture("glm_moe_dsa", {})
    assert family is not None
    by = {one.name: one.by for one in family.all_requirements}
    assert (by["indexer_types"], by["index_topk_freq"], by["topk_method"]) == ("mlx-lm", "mlx-lm", "llama.cpp")
