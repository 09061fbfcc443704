"""Ministral 3 and the vision wrapper around it and older Mistral models: llama's layout, a scale that grows far into
the context.
"""

from app.core.architectures.families.llama import DEFAULTS, LAYERS, LLAMA, MISTRAL
from app.core.architectures.vocabulary import *

LOG_MUL, TEMPERATURE = "mscale_all_dim", "llama_4_scaling_beta"


def _scaling(config: Config, name: str) -> float | None:
    value = setting(config["rope_scaling"], name)
    return None if value is None else float(value)


def _temperature_fits(config: Config) -> bool:
    """The scale counts in lengths of the context before yarn."""
    is_yarn = config["rope_scaling"].get("rope_type") == "yarn"
    return is_yarn or setting(config["rope_scaling"], TEMPERATURE) is None


def _is_ministral3(config: Config) -> bool:
    return bool(setting(config, "text_model_type", "model_type") == "ministral3")


REQUIREMENTS = (
    SILU,
    FULL_ATTENTION_ONLY,
    Requirement("rope_scaling", text("a scale that grows with the context only beside yarn"), _temperature_fits),
    # llama.cpp src/llama-context.cpp: "here we assume mscale == 1"
    Requirement("rope_scaling", text("mscale 1"), lambda c: setting(c["rope_scaling"], "mscale") in (None, 1)),
)
METADATA = (
    *LLAMA.metadata,
    f32(
        Keys.Rope.SCALING_YARN_LOG_MUL,
        f"rope_scaling.{LOG_MUL}",
        value=lambda c: _scaling(c, LOG_MUL) if _is_ministral3(c) else None,
    ),
    f32(Keys.Attention.TEMPERATURE_SCALE, f"rope_scaling.{TEMPERATURE}", value=lambda c: _scaling(c, TEMPERATURE)),
)

MINISTRAL3 = replace(
    LLAMA,
    name="Ministral 3",
    model_types=("ministral3",),
    gguf="mistral3",
    sources=("src/models/mistral3.cpp", "conversion/mistral3.py", "mlx_lm/models/ministral3.py"),
    defaults={  # transformers models/ministral3/configuration_ministral3.py, Ministral3Config
        **DEFAULTS,
        "num_key_value_heads": 8,
        "head_dim": 128,
        **common(context=262144, theta=1e6),
    },
    metadata=METADATA,
    parts=(*LAYERS, rope("yarn", reads_mscale=True)),
    requirements=(
        *REQUIREMENTS,
        # models/ministral3.py does not load without; transformers assumes those of the published models
        Requirement(
            "rope_parameters",
            text("rope settings with {setting}", setting=TEMPERATURE),
            lambda c: setting(c["rope_scaling"], TEMPERATURE) is not None,
            by="mlx-lm",
        ),
    ),
)

# Around mistral or ministral3; llama.cpp conversion/mistral3.py makes both a mistral3
MISTRAL3 = replace(
    MINISTRAL3,
    name="Mistral 3",
    model_types=("mistral3",),
    # as llama.py and ministral3.py, by tie_word_embeddings of text_config
    sources=("src/models/mistral3.cpp", "conversion/mistral3.py", "mlx_lm/models/mistral3.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    defaults=MISTRAL.defaults,
    parts=(*LAYERS, rope("linear", "llama3", "yarn", reads_mscale=True)),
    requirements=(*REQUIREMENTS, HALVES),
    when=lambda config: config.get("text_model_type") != "mistral4",
)
