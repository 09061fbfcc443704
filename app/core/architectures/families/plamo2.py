"""PLaMo 2: Mamba and attention in turn, with norms before and after each part, stored less what they lie around.

llama.cpp's converter writes a list of head counts that begins with 0, of which llama-model.cpp, load_hparams, makes
heads of no size, and rope never ends. One number for all layers leaves the sizes as they are: plamo2.cpp tells the
kinds of layers apart by the number of key heads alone. mlx-lm keeps time steps between 0.001 and 100 (models/ssm.py),
which llama.cpp does not.
"""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, I32, U32, Config, ConfigRow
from app.core.architectures.decoder import decoder_sizes, embedding_norm_head, vector
from app.core.architectures.families.plamo3 import AFTER_ATTENTION, AFTER_FORWARD, LAYER, ONE, VOCABULARY
from app.core.architectures.ops import NegativeExp, on_values
from app.core.architectures.requirements import Requirement, one_of, rope_scaling
from app.core.text import text

AT = LAYER + "mixer"
LEAST_STEP, STEP_SHARE = 64, 16  # llama.cpp src/models/plamo2.cpp: dt_dim

# mlx-lm models/plamo2.py, ModelArgs
DEFAULTS = {
    "hidden_size": 4096,
    "intermediate_size": 13312,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "hidden_size_per_head": 128,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "mamba_d_state": 64,
    "mamba_d_conv": 4,
    "mamba_num_heads": 64,
    "mamba_step": 2,
    "mamba_enabled": True,
}


def _is_attention(config: Config, layer: int) -> bool:
    step, count = int(config["mamba_step"]), int(config["num_hidden_layers"])
    if not config["mamba_enabled"] or step < 2:  # mlx-lm asserts that a step is more
        return True
    return layer == count - 1 if count <= step // 2 else layer % step == step // 2


def _is_mamba(config: Config, layer: int) -> bool:
    return not _is_attention(config, layer)


def _key_heads(config: Config) -> list[int]:
    layers = range(config["num_hidden_layers"])
    return [config["num_key_value_heads"] if _is_attention(config, layer) else 0 for layer in layers]


def _inner(config: Config) -> int:
    return int(config["mamba_num_heads"] * config["hidden_size_per_head"])


def _sizes(config: Config, layer: int) -> dict[str, int]:
    sizes = decoder_sizes({**config, "head_dim": config["hidden_size_per_head"]}, layer)
    inner, state = _inner(config), config["mamba_d_state"]
    step = max(LEAST_STEP, config["hidden_size"] // STEP_SHARE)
    return {
        **sizes,
        "qkv": sizes["q_dim"] + 2 * sizes["kv_dim"],
        "2*intermediate": 2 * sizes["intermediate"],
        "inner": inner,
        "2*inner": 2 * inner,
        "ssm heads": config["mamba_num_heads"],
        "kernel": config["mamba_d_conv"],
        "state": state,
        "step": step,
        "step+2*state": step + 2 * state,
    }


def _mamba(name: str, *shape: str, mapped: str = "") -> TensorRule:
    return TensorRule(f"{AT}.{name}", shape, mapped=mapped and f"{AT}.{mapped}", layers=_is_mamba)


PLAMO2 = Architecture(
    name="PLaMo 2",
    model_types=("plamo2",),
    gguf="plamo2",
    vocabularies={"plamo2": VOCABULARY},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/plamo2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.CONFIG,
    mlx_head_source="mlx-lm models/plamo2.py: no lm_head when tie_word_embeddings is set",
    ties_by_default=True,
    defaults=DEFAULTS,
    tensors=(
        *embedding_norm_head(ONE),
        vector(LAYER + "pre_mixer_norm", change=ONE),
        TensorRule(f"{AT}.qkv_proj.weight", ("qkv", "hidden"), layers=_is_attention),
        TensorRule(f"{AT}.q_weight", ("heads", "head"), mapped=f"{AT}.q.weight", layers=_is_attention),
        TensorRule(f"{AT}.k_weight", ("kv_heads", "head"), mapped=f"{AT}.k.weight", layers=_is_attention),
        TensorRule(f"{AT}.o_proj.weight", ("hidden", "q_dim"), layers=_is_attention),
        _mamba("in_proj.weight", "2*inner", "hidden"),
        _mamba("conv1d.weight", "inner", "kernel"),
        _mamba("bcdt_proj.weight", "step+2*state", "inner"),
        _mamba("dt_norm_weight", "step", mapped="dt_norm.weight"),
        _mamba("B_norm_weight", "state", mapped="B_norm.weight"),
        _mamba("C_norm_weight", "state", mapped="C_norm.weight"),
        _mamba("dt_proj.weight", "ssm heads", "step"),
        _mamba("dt_bias", "ssm heads", mapped="dt_proj.bias"),
        TensorRule(f"{AT}.A_log", ("ssm heads",), on_values(NegativeExp()), layers=_is_mamba),
        _mamba("D", "ssm heads"),
        _mamba("out_proj.weight", "hidden", "inner"),
        vector(LAYER + "post_mixer_norm", change=AFTER_ATTENTION),
        vector(LAYER + "pre_mlp_norm", change=ONE),
        TensorRule(LAYER + "mlp.gate_up_proj.weight", ("2*intermediate", "hidden")),
        TensorRule(LAYER + "mlp.down_proj.weight", ("hidden", "intermediate")),
        vector(LAYER + "post_mlp_norm", change=AFTER_FORWARD),
    ),
    metadata=(  # llama.cpp conversion/plamo.py, Plamo2Model, but for the number of heads
        ConfigRow(Keys.LLM.VOCAB_SIZE, U32, ("vocab_size",)),
        ConfigRow(Keys.Attention.HEAD_COUNT_KV, I32, value=_key_heads),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("num_attention_heads",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("max_position_embeddings",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("hidden_size",)),
        ConfigRow(Keys.Attention.KEY_LENGTH, U32, ("hidden_size_per_head",)),
        ConfigRow(Keys.Attention.VALUE_LENGTH, U32, ("hidden_size_per_head",)),
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("num_hidden_layers",)),
        ConfigRow(Keys.Attention.LAYERNORM_RMS_EPS, F32, ("rms_norm_eps",)),
        ConfigRow(Keys.Rope.FREQ_BASE, F32, ("rope_theta",)),
        ConfigRow(Keys.SSM.STATE_SIZE, U32, ("mamba_d_state",)),
        ConfigRow(Keys.SSM.CONV_KERNEL, U32, ("mamba_d_conv",)),
        ConfigRow(Keys.SSM.TIME_STEP_RANK, U32, ("mamba_num_heads",)),
        ConfigRow(Keys.SSM.INNER_SIZE, U32, value=_inner),
        ConfigRow(Keys.SSM.GROUP_COUNT, U32, value=lambda _: 0),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, ("intermediate_size",)),
    ),
    requirements=(
        one_of("hidden_act", "silu"),
        rope_scaling(by="mlx-lm"),
        # mlx-lm models/plamo2.py, Attention: rope's base and the epsilon of head norms are built in
        one_of("rope_theta", 10000, by="mlx-lm"),
        one_of("rms_norm_eps", 1e-6),
        Requirement("mamba_step", text("a number above one"), lambda c: c["mamba_step"] > 1),
    ),
    sizes=_sizes,
    marker="conv1d.weight",
)

FAMILIES = (PLAMO2,)
