"""read_vocabulary: the tokenizer files of a folder → the vocabulary of a GGUF file."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.text_config import text_settings
from app.core.findings import Finding, blocker
from app.core.known_vocabulary import KnownVocabulary
from app.core.sandbox import thread_for_children
from app.core.text import reason_of, text
from app.core.tokenizer.arrays import Arrays
from app.core.tokenizer.end_after_text import end_after_text
from app.core.tokenizer.end_tokens import end_tokens, role_contradictions
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.load import Loaded, load
from app.core.tokenizer.needed_tokens import with_needed_tokens
from app.core.tokenizer.pre_tokenizer import PreTokenizer, RecognisedBy, chosen, ids_of_test_text, recognise
from app.core.tokenizer.pre_tokenizer_table import pre_tokenizer_table
from app.core.tokenizer.special_tokens import added_automatically, named_texts, special_ids
from app.core.tokenizer.template_check import Rendered, check_templates
from app.core.tokenizer.tokenizer_json import TokenizerError
from app.core.tokenizer.vocabulary import Vocabulary
from app.core.tokenizer.vocabulary_findings import vocabulary_findings

Recognition = Callable[[int | None], PreTokenizer]  # given the id that starts a text

EMPTY = Vocabulary("", "", (), (), (), {}, {}, None, None, 0, 0)


def read_vocabulary(
    checkpoint: Checkpoint, row_count: int, known: KnownVocabulary, pre_tokenizer: str = ""
) -> Vocabulary:
    """The vocabulary for an embedding of `row_count` rows. Takes about 0.4 s for 262,144 tokens.

    `known`: what the model type says; `pre_tokenizer`: the name that the user chose, "" without one. A tokenizer that
    is missing, broken or of a kind that is not supported gives an empty vocabulary with a finding that stops the
    conversion.
    """
    if not checkpoint.tokenizer.has_vocabulary:
        return EMPTY  # the checkpoint has the finding
    with thread_for_children() as waiting:
        rendering = waiting.submit(check_templates, checkpoint)
        try:
            loaded = load(checkpoint, known)
            recognised = _recognition(checkpoint, loaded, known, pre_tokenizer, waiting)
            arrays = loaded.arrays(row_count)
        except TokenizerError as error:
            return replace(EMPTY, findings=(_unusable(error, checkpoint.tokenizer.main_name),))
        return _vocabulary(checkpoint, loaded, arrays, known, recognised, rendering.result)


def _recognition(
    checkpoint: Checkpoint, loaded: Loaded, known: KnownVocabulary, choice: str, waiting: Executor
) -> Recognition:
    """What another process has to work out for it begins now. Raises TokenizerError."""
    if loaded.kind is not Kind.BYTE_LEVEL:
        return lambda _: PreTokenizer(PRE_TOKENIZERS[loaded.kind], RecognisedBy.FIXED)
    if choice:
        return lambda _: chosen(choice)
    encoding = None
    if loaded.file is not None:
        data = with_needed_tokens(loaded.file, loaded.tokenizer, pre_tokenizer_table().text)
        encoding = waiting.submit(ids_of_test_text, data).result
    model_type = checkpoint.model_type or ""
    return lambda bos: recognise(loaded.tokenizer, encoding, bos, known.pre_tokenizer, model_type)


def _unusable(error: TokenizerError, file: str) -> Finding:
    return blocker(
        "bad-tokenizer",
        text("The tokenizer in {file} cannot be used: {reason}.", file=file, reason=reason_of(error)),
        text("Without its vocabulary a model cannot read or write text."),
        text("Copy {file} and tokenizer_config.json from the base model into the folder.", file=file),
        file,
    )


def _vocabulary(
    checkpoint: Checkpoint,
    loaded: Loaded,
    arrays: Arrays,
    known: KnownVocabulary,
    recognised: Recognition,
    rendering: Callable[[], Rendered],
) -> Vocabulary:
    own = {f"{role}_token": token for role, token in loaded.roles.items()}
    settings, config = own | dict(checkpoint.tokenizer.tokenizer_config), text_settings(checkpoint.config)
    tokenizer, kind, row_count = loaded.tokenizer, loaded.kind, len(arrays.texts)
    ids = special_ids(tokenizer, settings, config, row_count, known, kind)
    eos_text = named_texts(tokenizer, settings, kind).get("eos")
    is_eos_named = "eos" in ids and arrays.texts[ids["eos"]] == eos_text
    completed, end_findings = end_tokens(checkpoint, ids, arrays.texts, kind, is_eos_named, known.ends)
    pre = recognised(ids.get("bos"))
    added_texts = {token.content for token in tokenizer.added_tokens}
    add_tokens = _add_tokens(loaded, settings, pre.name)
    end = arrays.texts[completed["eos"]] if "eos" in completed else ""
    rendered = rendering()
    return Vocabulary(
        model=kind.value,
        pre_tokenizer=pre.name,
        recognised_by=pre.recognised_by,
        tokens=tuple(arrays.texts),
        scores=tuple(arrays.scores),
        types=tuple(arrays.types),
        merges=tuple(arrays.merges),
        special_ids=completed,
        add_tokens=add_tokens,
        add_space_prefix=_add_space_prefix(loaded, settings),
        chat_template=checkpoint.tokenizer.chat_template,
        named_templates=checkpoint.tokenizer.named_templates,
        rendered_template=rendered.text,
        space_takers=frozenset(token.content for token in tokenizer.added_tokens if token.lstrip or token.rstrip),
        entry_count=len(tokenizer.model.ids) + len(added_texts - tokenizer.model.ids.keys()),
        added_count=len(tokenizer.added_tokens),
        row_count=row_count,
        findings=(
            *vocabulary_findings(checkpoint, tokenizer, arrays.types, kind),
            *pre.findings,
            *end_findings,
            *end_after_text(checkpoint, add_tokens, end),
            *role_contradictions(ids, config, arrays.texts),
            *rendered.findings,
        ),
    )


# llama.cpp sets Gemma 4's itself and its converter writes none
PRE_TOKENIZERS = {Kind.SENTENCEPIECE: "default", Kind.GEMMA4: "", Kind.PLAMO: "default"}


def _add_tokens(loaded: Loaded, settings: Mapping[str, Any], pre_tokenizer: str) -> dict[str, bool]:
    if loaded.kind is Kind.PLAMO:
        return {}  # llama.cpp adds none, but with the key it would take one away that a chat template puts there
    found = added_automatically(loaded.tokenizer, settings)
    if loaded.kind is Kind.GEMMA4:
        return {**found, "bos": True}  # llama.cpp insists on it (src/llama-vocab.cpp, "workaround for Gemma 4")
    if loaded.kind is Kind.SENTENCEPIECE:
        # transformers 5 saves no add_eos_token; a SentencePiece model that says nothing adds none
        return {"eos": False, **found}
    if pre_tokenizer in pre_tokenizer_table().names_that_add_bos:
        return {"bos": False, **found}  # what is not said would be taken for yes
    return found


def _add_space_prefix(loaded: Loaded, settings: Mapping[str, Any]) -> bool | None:
    if loaded.kind is Kind.BYTE_LEVEL:
        return None  # llama.cpp does not look at it
    if loaded.kind is Kind.GEMMA4 or not loaded.prepends_space:
        return False
    return True if settings.get("add_prefix_space") is True else None  # true unless said otherwise
