"""EXAONE 4: norms after attention and feed-forward; in the largest model most layers slide, and only those rotate."""

from app.core.architectures.vocabulary import *

SLIDING_LAYERS = 64  # llama.cpp src/models/exaone4.cpp: models of that many layers slide, and no others


def _agree(config: Config) -> bool:
    """mlx-lm goes by the pattern, llama.cpp's converter by layer_types where both are there."""
    if "sliding_window_pattern" not in config or config.get("layer_types") is None:
        return True
    stated = windows.slides_by_period(config)
    by_pattern = windows.slides_by_period({**config, "layer_types": None}) or []
    return any(by_pattern) == any(stated or []) and by_pattern in ([], stated)


def _window_fits(config: Config) -> bool:
    pattern = windows.slides_by_period(config) or []
    is_long = config["num_hidden_layers"] == SLIDING_LAYERS
    return len(pattern) in (0, config["num_hidden_layers"]) and any(pattern) == is_long


EXAONE4 = Architecture(
    name="EXAONE 4",
    model_types=("exaone4",),
    gguf="exaone4",
    sources=("src/models/exaone4.cpp", "conversion/exaone.py", "mlx_lm/models/exaone4.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.CONFIG),
    parts=(decoder(), norms(names=NORMS_BEHIND), attention(), head_norms(), mlp(), rope("linear", "llama3", "yarn")),
    metadata=(VOCAB_SIZE, windows.WIDTH, windows.PATTERN_BY_PERIOD),
    requirements=(
        SILU,
        Requirement(
            "sliding_window",
            text("a window in models of {count} layers, and only there", count=SLIDING_LAYERS),
            _window_fits,
        ),
        Requirement("sliding_window_pattern", text("what layer_types says"), _agree),
        HEADS_FILL_ALL,
    ),
)
