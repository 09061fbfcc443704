"""The keys that say how a text becomes a vector or a score."""

import gguf

from app.core.checkpoint.purpose import Task
from app.core.checkpoint.sentence_modules import Pooling
from app.core.model.identify import Model
from app.core.plan.ranking import ANSWERS

TYPES = {Pooling.MEAN: gguf.PoolingType.MEAN, Pooling.CLS: gguf.PoolingType.CLS, Pooling.LAST: gguf.PoolingType.LAST}


def add_task(writer: gguf.GGUFWriter, task: Task, model: Model) -> None:
    """As llama.cpp conversion/base.py, set_gguf_parameters and _try_set_pooling_type, and conversion/qwen.py do it."""
    pooling = model.checkpoint.purpose.pooling
    if task is Task.EMBEDDING and model.config.get("is_causal") is False:  # gte-Qwen2
        writer.add_causal_attention(False)
    if task is Task.EMBEDDING and pooling is not None:
        writer.add_pooling_type(TYPES[pooling])
    if task is Task.RERANKING:
        writer.add_pooling_type(gguf.PoolingType.RANK)
        writer.add_classifier_output_labels(list(ANSWERS))
