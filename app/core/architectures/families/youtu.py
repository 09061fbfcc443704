"""Youtu-LLM: the compressed attention of DeepSeek V2 without experts."""

from dataclasses import replace

from app.core.architectures.architecture import MlxHead
from app.core.architectures.decoder import embedding_norm_head, mlp, without_biases
from app.core.architectures.families.deepseek2 import ATTENTION, DEEPSEEK2, KV_B, NORMS, REQUIREMENTS
from app.core.architectures.requirements import never
from app.core.text import text

YOUTU = replace(
    DEEPSEEK2,
    name="Youtu-LLM",
    model_types=("youtu_llm", "youtu"),
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/youtu_llm.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    # transformers models/youtu/configuration_youtu.py, YoutuConfig
    defaults={
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_hidden_layers": 32,
        "num_attention_heads": 16,
        "kv_lora_rank": 512,
        "q_lora_rank": 1536,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "qk_nope_head_dim": 128,
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-6,
        "rope_theta": 10000.0,
    },
    tensors=(*embedding_norm_head(), *NORMS, *ATTENTION, *KV_B, *without_biases(mlp())),
    requirements=(*REQUIREMENTS, never("n_routed_experts", text("Youtu without experts"))),
)

FAMILIES = (YOUTU,)
