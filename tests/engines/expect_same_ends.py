"""llama.cpp stops on the tokens that are foreseen to end a text, and on no other."""

from app.core.tokenizer.end_of_generation import END_TEXTS, GAP_TEXTS, ends_of


def expect_same_ends(vocabulary, llama_cpp, further=()):
    """For all tokens with a text or a role that might end, and for some that end nothing."""
    texts = vocabulary.tokens
    known = ends_of(vocabulary)
    suspicious = END_TEXTS.union(*GAP_TEXTS)
    asked = {i for i, text in enumerate(texts) if text in suspicious}
    asked |= {*known, *vocabulary.special_ids.values(), *further}
    assert {i for i in asked if llama_cpp.stops_on(i)} == known
