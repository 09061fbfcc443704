"""A head that sorts texts into classes or grades them, where a language model has lm_head.

Names: transformers 5.24, modeling_layers.py (GenericForSequenceClassification and its neighbours) and models/*; trl's
AutoModelForCausalLMWithValueHead.
"""

from collections.abc import Iterable

from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.findings import Finding, blocker
from app.core.text import text

HEADS = ("score", "classifier", "classification_head", "qa_outputs", "reward_head", "rm_head", "value_head", "v_head")
UNNAMED = text("a classifier or reward model")


def is_head(name: str) -> bool:
    """Whether a tensor is of such a head: score.weight, model.score.weight, classifier.dense.weight."""
    return any(part in HEADS for part in name.split(".")[:3])


def classifier(checkpoint: Checkpoint, unknown: Iterable[ModelTensor]) -> Finding | None:
    """For a model with such a head among the tensors that its family does not know.

    llama.cpp's graphs of encoders have heads of this kind (cls.output), and so may a family: then it knows the tensor.
    """
    head = next((tensor.name for tensor in unknown if is_head(tensor.name)), None)
    if head is None:
        return None
    names = checkpoint.config.get("architectures")
    named = next((name for name in names if isinstance(name, str)), UNNAMED) if isinstance(names, list) else UNNAMED
    is_decoder = named.endswith(("ForCausalLM", "ForConditionalGeneration", "LMHeadModel"))
    return blocker(
        "classifier",
        text(
            "This is {architecture:.60}: it has a head that grades texts, {tensor:.60}.",
            architecture=UNNAMED if is_decoder else named,
            tensor=head,
        ),
        text("llama.cpp's graph of this family has no such head."),
        text("Run it with transformers. For a GGUF file, take a model of this family that writes text."),
        head,
    )
