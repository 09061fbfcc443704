"""Mistral 4, bare or in the wrapper of Mistral 3: DeepSeek's latent attention, softmax experts, a scale that grows.

llama.cpp's converter writes gate and up projection of the experts as one tensor. mlx-lm takes them apart when it saves,
and llama.cpp's loader takes them apart, too (src/llama-model.cpp, create_tensor_gate_up_exps).
"""

from app.core.architectures.families.deepseek2 import DEEPSEEK3, LAYERS
from app.core.architectures.parts.deepseek import EXPERTS
from app.core.architectures.vocabulary import *


def _temperature(config: Config) -> float | None:
    beta = setting(config["rope_scaling"], "llama_4_scaling_beta")
    return None if beta is None else float(beta)


def _length(config: Config) -> int | None:
    return None if _temperature(config) is None else config["rope_scaling"]["original_max_position_embeddings"]


MISTRAL4 = replace(
    DEEPSEEK3,
    name="Mistral 4",
    model_types=("mistral4", "mistral3"),
    when=lambda config: "mistral4" in (config.get("model_type"), config.get("text_model_type")),
    gguf="mistral4",
    sources=("src/models/deepseek2.cpp", "conversion/mistral3.py", "mlx_lm/models/mistral4.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults={"rope_theta": 10000.0},  # transformers models/mistral4/configuration_mistral4.py, Mistral4Config
    parts=(
        *LAYERS,
        latent.split_kv_b(),
        mlp(layers=EXPERTS.others),
        moe.router(layers=EXPERTS),
        moe.packed_experts(names=("experts.gate_up_proj", "experts.down_proj"), layers=EXPERTS),
        moe.shared_experts(layers=EXPERTS, count="n_shared_experts"),  # never without
        rope("yarn", reads_mscale=True),
    ),
    metadata=(
        *deepseek.METADATA,
        # llama.cpp conversion/mistral3.py, Mistral4Model, forgets both; src/models/deepseek2.cpp reads them
        f32(Keys.Attention.TEMPERATURE_SCALE, "rope_scaling.llama_4_scaling_beta", value=_temperature),
        u32(Keys.Attention.TEMPERATURE_LENGTH, "rope_scaling.original_max_position_embeddings", value=_length),
    ),
    requirements=(*deepseek.REQUIREMENTS, *fixed(scoring_func="softmax", n_group=1), moe.HAS_EXPERTS),
)
