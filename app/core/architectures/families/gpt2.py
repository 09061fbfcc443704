"""GPT-2: positions from a table; matrices are published the other way round, which mlx-lm undoes."""

from app.core.architectures.vocabulary import *


def _turned(rule: TensorRule) -> TensorRule:
    """A matrix as it is published, which mlx-lm has already turned where it saved it."""
    if len(rule.shape) == 1:
        return rule
    rows, columns = rule.shape

    def turn(layer: Layer) -> Change:
        return Change(within_rows=Transpose(layer.sizes[columns]))

    return replace(rule, shape=(columns, rows), change=turn, remaining=NOTHING, written=rule.shape)


CONTEXT = u32(Keys.LLM.CONTEXT_LENGTH, "n_ctx")
BLOCKS = Part(tuple(_turned(rule) for rule in gpt.layers("h.{}.").tensors))

GPT2 = Architecture(
    name="GPT-2",
    model_types=("gpt2",),
    gguf="gpt2",
    vocabularies={"gpt2": KnownVocabulary(pre_tokenizer="gpt-2")},
    sources=("src/models/gpt2.cpp", "conversion/gpt2.py", "mlx_lm/models/gpt2.py"),
    head=HeadFacts(Head.OPTIONAL, MlxHead.NEVER, ties=True),
    # transformers models/gpt2/configuration_gpt2.py, GPT2Config
    defaults={"n_ctx": lambda config: config["n_positions"]},
    embedding="wte.weight",
    # mlx-lm models/gpt2.py, sanitize
    parts=(saved_at(gpt.ends(), "", "model."), saved_at(BLOCKS, "", "model.")),
    metadata=(gpt.LAYERS, CONTEXT, gpt.WIDTH, gpt.INNER, gpt.HEADS, gpt.EPSILON),
    requirements=(
        one_of("activation_function", "gelu_new", "gelu_pytorch_tanh", "gelu_fast"),
        never("scale_attn_by_inverse_layer_idx", text("attention scaled alike in all layers")),
        equal("n_ctx", "n_positions"),
    ),
)
