"""Tokenizer files → a GGUF vocabulary."""

from app.core.tokenizer.read import read_vocabulary
from app.core.tokenizer.vocabulary import Vocabulary

__all__ = ["Vocabulary", "read_vocabulary"]
