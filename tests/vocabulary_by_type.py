"""The vocabulary of a folder with what its model type says, also where the folder has no weights."""

from app.core.architectures import find_architecture
from app.core.model.identify import Model
from app.core.tokenizer import read_vocabulary


def vocabulary_by_type(checkpoint, rows, pre_tokenizer=None):
    """A type that no family has says nothing."""
    model = Model(checkpoint, find_architecture(checkpoint.model_type, checkpoint.config))
    return read_vocabulary(checkpoint, rows, model.known_vocabulary, pre_tokenizer)
