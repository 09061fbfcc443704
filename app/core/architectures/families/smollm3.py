"""SmolLM3: a llama whose every fourth layer knows no positions."""

from app.core.architectures.families.llama import DEFAULTS, LLAMA
from app.core.architectures.vocabulary import *

PERIOD = 4  # llama.cpp src/models/smollm3.cpp, n_no_rope_layer_step


def _layers_fit(config: Config) -> bool:
    usual = [int((layer + 1) % PERIOD != 0) for layer in range(config["num_hidden_layers"])]
    stated = setting(config, "no_rope_layers")
    return stated is None or [int(one) for one in stated] == usual


def _interval_fits(config: Config) -> bool:
    """It counts only without a list: mlx-lm models/smollm3.py."""
    return setting(config, "no_rope_layers") is not None or config["no_rope_layer_interval"] == PERIOD


SMOLLM3 = replace(
    LLAMA,
    name="SmolLM3",
    model_types=("smollm3",),
    gguf="smollm3",
    sources=("src/models/smollm3.cpp", "conversion/llama.py", "mlx_lm/models/smollm3.py"),
    # transformers models/smollm3/configuration_smollm3.py, SmolLM3Config
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG, ties=True),
    defaults={
        **{name: value for name, value in DEFAULTS.items() if name != "head_dim"},
        "num_key_value_heads": 4,
        **common(context=32768, theta=2e6),
        "no_rope_layer_interval": 4,
    },
    parts=(decoder(), norms(), turned_attention(), mlp(), rope("linear", "yarn")),
    requirements=(
        SILU,
        NO_OUTPUT_BIAS,
        NO_MLP_BIAS,
        Requirement("no_rope_layers", text("layers without positions at every fourth place"), _layers_fit),
        Requirement("no_rope_layer_interval", as_it_stands(PERIOD), _interval_fits),
        FULL_ATTENTION_ONLY,
        HALVES,
    ),
)
