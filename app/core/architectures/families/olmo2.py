"""OLMo 2 and 3: norms after attention and feed-forward, one norm over all queries and one over all keys."""

from app.core.architectures.vocabulary import *


def _slides(config: Config) -> list[bool] | None:
    """OLMo 3: every fourth layer sees everything; llama.cpp conversion/olmo.py."""
    return windows.slides(config, windows.full_every(4))


def _kinds_fit(config: Config) -> bool:
    kinds = config.get("layer_types")
    return kinds is None or len(kinds) == config["num_hidden_layers"]


REQUIREMENTS = (
    SILU,
    NO_OUTPUT_BIAS,
    even_heads(),
    Requirement("layer_types", text("one kind for each layer"), _kinds_fit),
)

OLMO2 = Architecture(
    name="OLMo 2",
    model_types=("olmo2",),
    gguf="olmo2",
    sources=("src/models/olmo2.cpp", "conversion/olmo.py", "mlx_lm/models/olmo2.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG, ties=True, unties_as_published=True),  # transformers Olmo2Config
    # transformers models/olmo2/configuration_olmo2.py, Olmo2Config
    defaults={"num_key_value_heads": query_heads, **common(context=2048, theta=10000.0)},
    parts=(decoder(), norms(names=NORMS_BEHIND), attention("qkv"), norms_of_all_heads(), mlp(), rope("linear", "yarn")),
    metadata=(windows.WIDTH, flag(Keys.Attention.SLIDING_WINDOW_PATTERN, value=_slides)),
    requirements=(*REQUIREMENTS, HALVES),
)

OLMO3 = replace(
    OLMO2,
    name="OLMo 3",
    model_types=("olmo3",),
    sources=("src/models/olmo2.cpp", "conversion/olmo.py", "mlx_lm/models/olmo3.py"),
    head=HeadFacts(Head.REQUIRED, MlxHead.CONFIG),
    defaults={"num_key_value_heads": query_heads},  # transformers models/olmo3/configuration_olmo3.py, Olmo3Config
    requirements=REQUIREMENTS,
)
