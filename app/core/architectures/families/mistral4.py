"""Mistral 4, bare or in the wrapper of Mistral 3: DeepSeek's latent attention, softmax experts, a scale that grows.

llama.cpp's converter writes gate and up projection of the experts as one tensor. mlx-lm takes them apart when it saves,
and llama.cpp's loader takes them apart, too (src/llama-model.cpp, create_tensor_gate_up_exps).
"""

from dataclasses import replace

from gguf import Keys

from app.core.architectures.architecture import MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.decoder import LAYER, PROJECTIONS, embedding_norm_head, mlp, without_biases
from app.core.architectures.families.deepseek2 import (
    ATTENTION,
    DEEPSEEK3,
    METADATA,
    NORMS,
    REQUIREMENTS,
    SPLIT_KV_B,
    has_experts,
    is_dense,
)
from app.core.architectures.requirements import Requirement, one_of
from app.core.architectures.vision import VISION_DROPPED
from app.core.checkpoint.wrappers import WRAPPERS
from app.core.text import text

AT = LAYER + "mlp"
NAMES = {"gate_proj": "gate_up_proj", "up_proj": "gate_up_proj", "down_proj": "down_proj"}


def _is_mistral4(config: Config) -> bool:
    return "mistral4" in (config.get("model_type"), config.get("text_model_type"))


def _temperature(config: Config) -> float | None:
    beta = setting(config["rope_scaling"], "llama_4_scaling_beta")
    return None if beta is None else float(beta)


def _length(config: Config) -> int | None:
    return None if _temperature(config) is None else config["rope_scaling"]["original_max_position_embeddings"]


MISTRAL4 = replace(
    DEEPSEEK3,
    name="Mistral 4",
    model_types=("mistral4", "mistral3"),
    when=_is_mistral4,
    gguf="mistral4",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/mistral4.py: no lm_head when tie_word_embeddings is set",
    # transformers models/mistral4/configuration_mistral4.py, Mistral4Config
    defaults={"rope_theta": 10000.0},
    prefixes=WRAPPERS,
    dropped=VISION_DROPPED,
    tensors=(
        *embedding_norm_head(),
        *NORMS,
        *ATTENTION,
        *SPLIT_KV_B,
        *without_biases(mlp(layers=is_dense)),
        TensorRule(f"{AT}.gate.weight", ("experts", "hidden"), layers=has_experts),
        *(
            TensorRule(
                f"{AT}.experts.{NAMES[name]}",
                ("experts", *shape),
                saved=f"{AT}.switch_mlp.{name}.weight",
                mapped=f"{AT}.experts.{name}.weight",
                layers=has_experts,
            )
            for name, shape in PROJECTIONS.items()
        ),
        *without_biases(mlp(f"{AT}.shared_experts", "shared_intermediate", layers=has_experts)),
    ),
    metadata=(
        *METADATA,
        # llama.cpp conversion/mistral3.py, Mistral4Model, forgets both; src/models/deepseek2.cpp reads them
        ConfigRow(Keys.Attention.TEMPERATURE_SCALE, F32, ("rope_scaling.llama_4_scaling_beta",), value=_temperature),
        ConfigRow(
            Keys.Attention.TEMPERATURE_LENGTH, U32, ("rope_scaling.original_max_position_embeddings",), value=_length
        ),
    ),
    requirements=(
        *REQUIREMENTS,
        one_of("scoring_func", "softmax"),
        one_of("n_group", 1),
        Requirement("n_routed_experts", text("a mixture of experts"), lambda c: bool(setting(c, "n_routed_experts"))),
    ),
    converts_huggingface=False,  # gate and up are published as one tensor
)

FAMILIES = (MISTRAL4,)
