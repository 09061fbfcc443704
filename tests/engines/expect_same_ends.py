"""llama.cpp stops on the tokens that are foreseen to end a text, and on no other."""

from app.core.tokenizer.end_of_generation import END_TEXTS, GAP_TEXTS, all_ends, ends_by_text
from app.core.tokenizer.kinds import Kind


def expect_same_ends(vocabulary, llama_cpp, further=()):
    """For all tokens with a text or a role that might end, and for some that end nothing."""
    texts = vocabulary.tokens
    known = all_ends(vocabulary.special_ids, texts, ends_by_text(texts), Kind(vocabulary.model))
    suspicious = END_TEXTS.union(*GAP_TEXTS)
    asked = {i for i, text in enumerate(texts) if text in suspicious}
    asked |= {*known, *vocabulary.special_ids.values(), *further}
    assert {i for i in asked if llama_cpp.stops_on(i)} == known
