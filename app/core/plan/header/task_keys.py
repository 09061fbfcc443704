"""The keys that say how a text becomes a vector or a score."""

import gguf

from app.core.checkpoint.purpose import Purpose, Task
from app.core.checkpoint.sentence_modules import Pooling
from app.core.plan.ranking import ANSWERS

TYPES = {Pooling.MEAN: gguf.PoolingType.MEAN, Pooling.CLS: gguf.PoolingType.CLS, Pooling.LAST: gguf.PoolingType.LAST}


def add_task(writer: gguf.GGUFWriter, task: Task, purpose: Purpose) -> None:
    """As llama.cpp conversion/base.py, _try_set_pooling_type, and conversion/qwen.py write them."""
    if task is Task.EMBEDDING and purpose.pooling is not None:
        writer.add_pooling_type(TYPES[purpose.pooling])
    if task is Task.RERANKING:
        writer.add_pooling_type(gguf.PoolingType.RANK)
        writer.add_classifier_output_labels(list(ANSWERS))
