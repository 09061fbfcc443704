"""The keys of a vocabulary: `tokenizer.*`."""

import re

import gguf

from app.core.tokenizer import Vocabulary


def add_vocabulary(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """Give all that a vocabulary holds to the writer, which names and types it."""
    writer.add_tokenizer_model(vocabulary.model)
    if vocabulary.pre_tokenizer:
        writer.add_tokenizer_pre(vocabulary.pre_tokenizer)
    writer.add_token_list(vocabulary.tokens)
    if vocabulary.scores:
        writer.add_token_scores(vocabulary.scores)
    writer.add_token_types(vocabulary.types)
    if vocabulary.merges:
        writer.add_token_merges(vocabulary.merges)
    for kind, token_id in vocabulary.special_ids.items():
        getattr(writer, f"add_{kind}_token_id")(token_id)
    for kind, value in vocabulary.add_tokens.items():
        getattr(writer, f"add_add_{kind}_token")(value)
    _add_templates(writer, vocabulary)
    if vocabulary.add_space_prefix is not None:
        writer.add_add_space_prefix(vocabulary.add_space_prefix)


def _add_templates(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """The named ones first, under names of plain letters, as gguf's writer orders and names them."""
    by_name = {re.sub("[^A-Za-z0-9]", "_", name): text for name, text in sorted(vocabulary.named_templates.items())}
    by_name.pop("", None)
    for name, text in by_name.items():
        writer.add_string(gguf.Keys.Tokenizer.CHAT_TEMPLATE_N.format(name=name), text)
    if by_name:
        writer.add_array(gguf.Keys.Tokenizer.CHAT_TEMPLATES, list(by_name))
    if vocabulary.chat_template is not None:
        writer.add_chat_template(vocabulary.chat_template)
