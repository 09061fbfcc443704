"""GPT-2: positions from a table; matrices are published the other way round, which mlx-lm undoes."""

from gguf import Keys

from app.core.architectures.architecture import Architecture, Head, Layer, MlxHead, TensorRule
from app.core.architectures.config_rows import F32, U32, Config, ConfigRow, setting
from app.core.architectures.ops import NOTHING, Change, Transpose
from app.core.architectures.requirements import Requirement, never, one_of
from app.core.known_vocabulary import KnownVocabulary
from app.core.text import text

LAYER = "h.{}."
WIDER = 4  # llama.cpp conversion/gpt2.py: feed_forward_length is four times the width

# transformers models/gpt2/configuration_gpt2.py, GPT2Config
DEFAULTS = {
    "n_ctx": lambda config: config["n_positions"],
}


def gpt_sizes(config: Config, _layer: int) -> dict[str, int]:
    """The lengths that shapes are made of, for GPT-2's names of settings."""
    hidden = config["n_embd"]
    sizes = {
        "hidden": hidden,
        "head": hidden // config["n_head"],
        "3*hidden": 3 * hidden,
        "intermediate": WIDER * hidden,
    }
    return {**sizes, "positions": config["n_positions"]}


def is_four_times_wider(config: Config) -> bool:
    """GGUF's graph knows no other width."""
    return setting(config, "n_inner") in (None, WIDER * config["n_embd"])


def _rule(name: str, *shape: str, optional: bool = False) -> TensorRule:
    return TensorRule(name, shape, optional=optional, saved=f"model.{name}")  # mlx-lm models/gpt2.py, sanitize


def _norm(name: str) -> tuple[TensorRule, TensorRule]:
    return _rule(f"{name}.weight", "hidden"), _rule(f"{name}.bias", "hidden")


def _linear(name: str, rows: str, columns: str) -> tuple[TensorRule, TensorRule]:
    def turn(layer: Layer) -> Change:
        return Change(within_rows=Transpose(layer.sizes[columns]))

    name = LAYER + name
    saved = f"model.{name}.weight"
    weight = TensorRule(
        f"{name}.weight", (columns, rows), turn, saved=saved, remaining=NOTHING, written=(rows, columns)
    )
    return weight, _rule(f"{name}.bias", rows)


GPT2 = Architecture(
    name="GPT-2",
    model_types=("gpt2",),
    gguf="gpt2",
    vocabularies={"gpt2": KnownVocabulary(pre_tokenizer="gpt-2")},
    head=Head.OPTIONAL,
    head_source="llama.cpp src/models/gpt2.cpp: output is TENSOR_NOT_REQUIRED",
    mlx_head=MlxHead.NEVER,
    mlx_head_source="mlx-lm models/gpt2.py: the output is computed with wte",
    ties_by_default=True,  # transformers GPT2Config
    defaults=DEFAULTS,
    embedding="wte.weight",
    tensors=(
        _rule("wte.weight", "vocabulary", "hidden"),
        _rule("wpe.weight", "positions", "hidden"),
        *_norm("ln_f"),
        _rule("lm_head.weight", "vocabulary", "hidden", optional=True),
        *_norm(LAYER + "ln_1"),
        *_norm(LAYER + "ln_2"),
        *_linear("attn.c_attn", "3*hidden", "hidden"),
        *_linear("attn.c_proj", "hidden", "hidden"),
        *_linear("mlp.c_fc", "intermediate", "hidden"),
        *_linear("mlp.c_proj", "hidden", "intermediate"),
    ),
    metadata=(  # llama.cpp conversion/gpt2.py, set_gguf_parameters
        ConfigRow(Keys.LLM.BLOCK_COUNT, U32, ("n_layer",)),
        ConfigRow(Keys.LLM.CONTEXT_LENGTH, U32, ("n_ctx",)),
        ConfigRow(Keys.LLM.EMBEDDING_LENGTH, U32, ("n_embd",)),
        ConfigRow(Keys.LLM.FEED_FORWARD_LENGTH, U32, value=lambda c: WIDER * c["n_embd"]),
        ConfigRow(Keys.Attention.HEAD_COUNT, U32, ("n_head",)),
        ConfigRow(Keys.Attention.LAYERNORM_EPS, F32, ("layer_norm_epsilon",)),
    ),
    requirements=(  # llama.cpp src/models/gpt2.cpp
        one_of("activation_function", "gelu_new", "gelu_pytorch_tanh", "gelu_fast"),
        one_of("scale_attn_weights", True),
        never("scale_attn_by_inverse_layer_idx", text("attention scaled alike in all layers")),
        never("add_cross_attention", text("attention to the text itself")),
        Requirement("n_inner", text("feed-forward networks of 4 × n_embd"), is_four_times_wider),
        Requirement("n_ctx", text("as many positions as the table has"), lambda c: c["n_ctx"] == c["n_positions"]),
    ),
    sizes=gpt_sizes,
)

FAMILIES = (GPT2,)
