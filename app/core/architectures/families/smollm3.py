"""SmolLM3: a llama whose every fourth layer knows no positions."""

from dataclasses import replace

from app.core.architectures.config_rows import Config, setting
from app.core.architectures.decoder import without_biases
from app.core.architectures.families.llama import DEFAULTS, LLAMA
from app.core.architectures.requirements import NO_OUTPUT_BIAS, Requirement, as_it_stands, never, one_of, rope_scaling
from app.core.text import text

PERIOD = 4  # llama.cpp src/models/smollm3.cpp, n_no_rope_layer_step


def _layers_fit(config: Config) -> bool:
    usual = [int((layer + 1) % PERIOD != 0) for layer in range(config["num_hidden_layers"])]
    stated = setting(config, "no_rope_layers")
    return stated is None or [int(one) for one in stated] == usual


def _interval_fits(config: Config) -> bool:
    """It counts only without a list: mlx-lm models/smollm3.py."""
    return setting(config, "no_rope_layers") is not None or config["no_rope_layer_interval"] == PERIOD


def _windows_fit(config: Config) -> bool:
    return "sliding_attention" not in (config.get("layer_types") or ())


SMOLLM3 = replace(
    LLAMA,
    name="SmolLM3",
    model_types=("smollm3",),
    gguf="smollm3",
    head_source="llama.cpp src/models/smollm3.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head_source="mlx-lm models/smollm3.py: sanitize() drops lm_head.weight when tie_word_embeddings is set",
    unties_as_published=False,  # transformers SmolLM3Config
    # transformers models/smollm3/configuration_smollm3.py, SmolLM3Config
    defaults={
        **{name: value for name, value in DEFAULTS.items() if name != "head_dim"},
        "num_key_value_heads": 4,
        "max_position_embeddings": 32768,
        "rope_theta": 2e6,
        "no_rope_layer_interval": 4,
    },
    tensors=without_biases(LLAMA.tensors),
    computed=(),
    requirements=(
        one_of("hidden_act", "silu"),
        NO_OUTPUT_BIAS,
        never("mlp_bias", text("a feed-forward network without biases")),
        rope_scaling("linear", "yarn"),
        Requirement("no_rope_layers", text("layers without positions at every fourth place"), _layers_fit),
        Requirement("no_rope_layer_interval", as_it_stands(PERIOD), _interval_fits),
        Requirement("layer_types", text("full attention in every layer"), _windows_fit),
    ),
)

FAMILIES = (SMOLLM3,)
