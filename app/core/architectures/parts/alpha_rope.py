"""Hunyuan's rope scaling of the kind "dynamic": a factor alpha goes into the base, and the file has no scaling."""

from gguf import Keys, RopeScalingType

from app.core.architectures.architecture import Part
from app.core.architectures.config_rows import F32, STRING, U32, Config, ConfigRow, f32, setting
from app.core.architectures.requirements import Requirement
from app.core.architectures.sizes import head_size
from app.core.text import text

CONTEXT = 1 << 18  # llama.cpp conversion/hunyuan.py, for rope scaling of the kind "dynamic"
STATED_CONTEXTS = (1 << 15, CONTEXT)  # same file: what config.json may say then
THETA = 10000.0


def is_dynamic(config: Config) -> bool:
    """Whether config.json asks for it."""
    return bool(config["rope_scaling"].get("rope_type") == "dynamic")


def _base(config: Config) -> float:
    """mlx-lm models/hunyuan_v1_dense.py, DynamicNTKAlphaRoPE."""
    theta, size = float(config["rope_theta"]), head_size(config)
    return theta * float(config["rope_scaling"]["alpha"]) ** (size / (size - 2)) if is_dynamic(config) else theta


def _when_dynamic(key: str, value: int | str, *otherwise: str) -> ConfigRow:
    kind = STRING if isinstance(value, str) else F32 if key == Keys.Rope.SCALING_FACTOR else U32
    return ConfigRow(key, kind, value=lambda c: value if is_dynamic(c) else setting(c, *otherwise))


ALPHA_ROPE = Part(
    metadata=(  # llama.cpp conversion/hunyuan.py
        f32(Keys.Rope.FREQ_BASE, value=_base),
        _when_dynamic(Keys.Rope.SCALING_TYPE, RopeScalingType.NONE.value),
        _when_dynamic(Keys.Rope.SCALING_FACTOR, 1),
        _when_dynamic(Keys.Rope.SCALING_ORIG_CTX_LEN, CONTEXT),
        _when_dynamic(Keys.LLM.CONTEXT_LENGTH, CONTEXT, "max_position_embeddings"),
    ),
    requirements=(
        Requirement(
            "rope_scaling",
            text("dynamic scaling with an alpha"),
            lambda c: not is_dynamic(c) or bool(setting(c["rope_scaling"], "alpha")),
        ),
        Requirement("rope_theta", text("10000 with alpha"), lambda c: not is_dynamic(c) or c["rope_theta"] == THETA),
        Requirement(
            "max_position_embeddings",
            text("32768 or 262144 with alpha"),
            lambda c: not is_dynamic(c) or c["max_position_embeddings"] in STATED_CONTEXTS,
        ),
    ),
)
