"""What stands before the names of a text model's tensors and modules where a vision model holds it."""

from collections.abc import Iterable

Prefixes = Iterable[tuple[str, str]]  # the beginning of a name, and what stands for it

# transformers 4 and mlx-lm write language_model.model.X and language_model.lm_head, transformers 5
# model.language_model.X and lm_head. A folder may have either, or none, in its tensors and in its settings.
WRAPPERS = (("model.language_model.", "model."), ("language_model.", ""))
# Embedding models are published as the model without its head, whose names then begin one level deeper
BARE = (("embed_tokens.", "model.embed_tokens."), ("layers.", "model.layers."), ("norm.", "model.norm."))


def renamed(name: str, prefixes: Prefixes) -> str:
    """The name with the first of the prefixes that it has replaced."""
    for prefix, replacement in prefixes:
        if name.startswith(prefix):
            return replacement + name.removeprefix(prefix)
    return name
