"""How many tokens the vocabulary is padded to: as many as the embedding has rows, where these can be believed."""

from app.core.architectures import Architecture, Layout, find_architecture
from app.core.architectures.normalize_config import unify
from app.core.checkpoint import Checkpoint, ModelTensor
from app.core.findings import Finding, stop
from app.core.model.config_check import CONFIG_ERRORS, check_config, check_counts
from app.core.model.expected_tensors import wanted_tensors
from app.core.model.shapes import fits
from app.core.model.source_tensors import find_tensor

MOST_ROWS = 1 << 20  # XLM-V has 901,629 tokens, the most known: arXiv 2301.10472, "one million token vocabulary"


def vocabulary_rows(checkpoint: Checkpoint) -> int | None:
    """None without an embedding, and where its shape is not what config.json asks for: a header can claim any."""
    family = find_architecture(checkpoint.model_type, checkpoint.config)
    embedding = find_tensor(checkpoint, family, family.embedding) if family else None
    if family is None or embedding is None or len(embedding.shape) != 2 or embedding.shape[0] > MOST_ROWS:
        return None
    try:
        return embedding.shape[0] if _is_wanted(embedding, checkpoint, family) else None
    except CONFIG_ERRORS:
        return None


def _is_wanted(embedding: ModelTensor, checkpoint: Checkpoint, family: Architecture) -> bool:
    """Raises CONFIG_ERRORS."""
    if check_counts(family, unify(checkpoint.config)):
        return False
    config = unify(checkpoint.config, family.defaults)
    if check_config(family, config):
        return False
    wanted = (one for one in wanted_tensors(family, config, 0, embedding.shape[0]) if one.key == family.embedding)
    return any(fits(one, (embedding,), layout) for one in wanted for layout in Layout)


def too_many_rows(embedding: ModelTensor) -> Finding:
    """For an embedding with more rows than any model has."""
    return stop(
        "too-many-rows",
        f"{embedding.name} has {embedding.shape[0]:,} rows; no model has more than a million tokens.",
        "The vocabulary is not read.",
        "Copy or download the folder again.",
        embedding.name,
    )
