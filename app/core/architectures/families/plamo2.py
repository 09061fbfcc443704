"""PLaMo 2: Mamba and attention in turn, with norms before and after each part, stored less what they lie around.

llama.cpp's converter writes a list of head counts that begins with 0, of which llama-model.cpp, load_hparams, makes
heads of no size, and rope never ends. One number for all layers leaves the sizes as they are: plamo2.cpp tells the
kinds of layers apart by the number of key heads alone. mlx-lm keeps time steps between 0.001 and 100 (models/ssm.py),
which llama.cpp does not.
"""

from app.core.architectures.parts.plamo import MIXER, ONE
from app.core.architectures.vocabulary import *

LEAST_STEP, STEP_SHARE = 64, 16  # llama.cpp src/models/plamo2.cpp: dt_dim


def _is_attention(config: Config, layer: int) -> bool:
    step, count = int(config["mamba_step"]), int(config["num_hidden_layers"])
    if not config["mamba_enabled"] or step < 2:  # mlx-lm asserts that a step is more
        return True
    return layer == count - 1 if count <= step // 2 else layer % step == step // 2


WITH_ATTENTION = Layers(_is_attention)


def _inner(config: Config) -> int:
    return int(config["mamba_num_heads"] * config["hidden_size_per_head"])


def _sizes(config: Config, layer: int) -> dict[str, int]:
    inner, state = _inner(config), config["mamba_d_state"]
    step = max(LEAST_STEP, config["hidden_size"] // STEP_SHARE)
    return {
        **fused.qkv_sizes({**config, "head_dim": config["hidden_size_per_head"]}, layer),
        "inner": inner,
        "2*inner": 2 * inner,
        "ssm heads": config["mamba_num_heads"],
        "kernel": config["mamba_d_conv"],
        "state": state,
        "step": step,
        "step+2*state": step + 2 * state,
    }


def _attention(name: str, gguf: str, *shape: str) -> TensorRule:
    return tensor(f"{MIXER}.{name}", gguf, *shape, layers=WITH_ATTENTION)


def _mamba(name: str, gguf: str, *shape: str, change: Change = NOTHING) -> TensorRule:
    return tensor(f"{MIXER}.{name}", gguf, *shape, change=change, layers=WITH_ATTENTION.others)


MIXERS = Part.of(
    _attention("qkv_proj.weight", "attn_qkv.weight", "qkv", "hidden"),
    _attention("q_weight", "attn_q_norm.weight", "heads", "head"),
    _attention("k_weight", "attn_k_norm.weight", "kv_heads", "head"),
    _attention("o_proj.weight", "attn_output.weight", "hidden", "q_dim"),
    _mamba("in_proj.weight", "ssm_in.weight", "2*inner", "hidden"),
    _mamba("conv1d.weight", "ssm_conv1d.weight", "inner", "kernel"),
    _mamba("bcdt_proj.weight", "ssm_x.weight", "step+2*state", "inner"),
    _mamba("dt_norm_weight", "ssm_dt_norm", "step"),
    _mamba("B_norm_weight", "ssm_b_norm", "state"),
    _mamba("C_norm_weight", "ssm_c_norm", "state"),
    _mamba("dt_proj.weight", "ssm_dt.weight", "ssm heads", "step"),
    _mamba("dt_bias", "ssm_dt.bias", "ssm heads"),
    _mamba("A_log", "ssm_a", "ssm heads", change=ssm.DECAY),
    _mamba("D", "ssm_d", "ssm heads"),
    _mamba("out_proj.weight", "ssm_out.weight", "hidden", "inner"),
)

PLAMO2 = Architecture(
    name="PLaMo 2",
    model_types=("plamo2",),
    gguf="plamo2",
    vocabularies={"plamo2": plamo.VOCABULARY},
    sources=("src/models/plamo2.cpp", "conversion/plamo.py", "mlx_lm/models/plamo2.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    defaults={  # mlx-lm models/plamo2.py, ModelArgs
        **plamo.DEFAULTS,
        "hidden_size_per_head": 128,
        "rope_theta": 10000.0,
        "mamba_d_state": 64,
        "mamba_d_conv": 4,
        "mamba_num_heads": 64,
        "mamba_step": 2,
        "mamba_enabled": True,
    },
    parts=(ends(ONE), *plamo.layers(MIXERS), rope(by="mlx-lm")),
    metadata=(  # in the order of Plamo2Model, but for the number of heads
        VOCAB_SIZE,
        rows.only_in(WITH_ATTENTION, Keys.Attention.HEAD_COUNT_KV, "num_key_value_heads", I32),
        rows.HEADS,
        rows.CONTEXT,
        rows.WIDTH,
        *rows.head_lengths("hidden_size_per_head"),
        rows.LAYER_COUNT,
        rows.RMS_EPSILON,
        rows.ROPE_BASE,
        ssm.STATE,
        ssm.KERNEL,
        u32(Keys.SSM.TIME_STEP_RANK, "mamba_num_heads"),
        u32(Keys.SSM.INNER_SIZE, value=_inner),
        constant(Keys.SSM.GROUP_COUNT, 0),
        rows.INNER,
    ),
    requirements=(
        SILU,
        # mlx-lm models/plamo2.py, Attention: rope's base and the epsilon of head norms are built in
        one_of("rope_theta", 10000, by="mlx-lm"),
        one_of("rms_norm_eps", 1e-6),
        Requirement("mamba_step", text("a number above one"), lambda c: c["mamba_step"] > 1),
    ),
    sizes=_sizes,
    marker="conv1d.weight",
)
