"""Vocabularies to which a rule of llama.cpp's about names applies, or none."""

from dataclasses import replace

from app.core.tokenizer.read import EMPTY

OTHER = replace(EMPTY, tokens=("<s>", "</s>", "<unk>", "<|endoftext|>", "[MASK]"))  # none takes a space away
PHI3 = replace(OTHER, space_takers=frozenset({"</s>", "<|end|>"}))
MODERN_BERT = replace(OTHER, space_takers=frozenset({"[MASK]"}))
