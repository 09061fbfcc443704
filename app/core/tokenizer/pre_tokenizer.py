"""`tokenizer.ggml.pre`: how llama.cpp cuts a text up before it merges. Recognised in three ways, never guessed."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from app.core.findings import Finding, blocker, info, warning
from app.core.remedies import ChoosePreTokenizer
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.text import Text, text
from app.core.tokenizer.pre_tokenizer_table import pre_tokenizer_table
from app.core.tokenizer.split_expressions import split_expressions
from app.core.tokenizer.tokenizer_json import TokenizerJson

SECONDS = 15.0  # Gemma 3's takes 1.1 s
SUBJECT = "tokenizer.json"

# These two cut alike, but only the second keeps a word whole that is a token. Llama 3 as first published, without
# <|begin_of_text|> in its post-processor, has the digest of the first: 588 of its tokens could never be used.
KEEPS_TOKENS_WHOLE = {"smaug-bpe": "llama-bpe"}

# llama.cpp's expressions for these leave out marks that combine with a letter, which tokenizer.json's have; the other
# name, where there is one, stands for the same expressions with marks, and newer programs know it (src/llama-vocab.cpp,
# LLAMA_VOCAB_PRE_TYPE_GRANITE_EMB_MULTI).
WITHOUT_MARKS = {
    "gpt-4o": "granite-embed-multi-97m",
    "kanana2": "granite-embed-multi-97m",
    "llama4": "granite-embed-multi-97m",
    "tekken": "",
}


class RecognisedBy(Enum):
    """What the name rests on, in words."""

    FIXED = text("the only one of its kind")
    CHOICE = text("your choice")
    DIGEST = text("recognized by a test text")
    EXPRESSIONS = text("recognized by the regular expressions in tokenizer.json")
    FAMILY = text("the usual one of the family")
    NOTHING = text("not recognized")


@dataclass(frozen=True)
class PreTokenizer:
    """The name, "" when there is none, and where it comes from."""

    name: str
    recognised_by: RecognisedBy
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TextIds:
    """The ids of llama.cpp's test text; `bare` without the tokens put around a text."""

    whole: list[int]
    bare: list[int]


def ids_of_test_text(data: bytes) -> TextIds | None:
    """What the tokenizers library makes of llama.cpp's test text with this tokenizer.json, in a process of its own.

    None where it cannot be used: then it has a digest of nothing, and the expressions are looked at.
    """
    try:
        answer = run_in_sandbox("encode", {"texts": [pre_tokenizer_table().text]}, data, seconds=SECONDS)
    except SandboxError:
        return None
    return TextIds(answer["ids"][0], answer["bare_ids"][0])


Encoding = Callable[[], TextIds | None]


def recognise(
    tokenizer: TokenizerJson, encoding: Encoding | None, bos: int | None, usual: str, model_type: str
) -> PreTokenizer:
    """The pre-tokenizer of a byte-level BPE.

    `encoding`: what `ids_of_test_text` gives, None without a tokenizer.json; `bos`: the id that starts a text; `usual`:
    what the type usually has, or "".
    """
    found = _recognised(tokenizer, encoding, bos, usual, model_type)
    if found.name not in WITHOUT_MARKS:
        return found
    return replace(found, findings=(*found.findings, _without_marks(found.name)))


def _recognised(
    tokenizer: TokenizerJson, encoding: Encoding | None, bos: int | None, usual: str, model_type: str
) -> PreTokenizer:
    by_digest = _by_digest(encoding(), bos) if encoding is not None else None
    expressions = split_expressions(tokenizer)
    fitting = pre_tokenizer_table().groups_with(expressions) if expressions else []
    if tokenizer.model.ignore_merges is True:
        by_digest = KEEPS_TOKENS_WHOLE.get(by_digest or "", by_digest)
        fitting.sort(key=lambda group: not group.ignore_merges)
    if by_digest and (not fitting or any(by_digest in group.names for group in fitting)):
        return PreTokenizer(by_digest, RecognisedBy.DIGEST, (_by_digest_note(by_digest),))
    if fitting:
        names = [name for group in fitting for name in group.names]
        name = usual if usual in names else _best_known(fitting[0].names)
        return (
            _by_expressions(name, by_digest) if encoding is not None else PreTokenizer(name, RecognisedBy.EXPRESSIONS)
        )
    if usual:
        return PreTokenizer(usual, RecognisedBy.FAMILY, (_by_family_warning(usual, model_type),))
    return PreTokenizer("", RecognisedBy.NOTHING, (_unknown(),))


def _by_digest(found: TextIds | None, bos: int | None) -> str | None:
    """The published name for these ids, with and without the token that starts a text."""
    if found is None:
        return None
    table = pre_tokenizer_table()
    tried = [found.whole, found.bare, *([[bos, *found.bare]] if bos is not None else [])]
    digests = (hashlib.sha256(str(ids).encode()).hexdigest() for ids in tried)
    return next((table.digests[digest] for digest in digests if digest in table.digests), None)


def _best_known(names: Iterable[str]) -> str:
    """Of names that mean the same, the one with the most digests; the first of these."""
    known = list(pre_tokenizer_table().digests.values())
    return max(names, key=known.count)


def chosen(choice: str) -> PreTokenizer:
    """The one that the user named, with a finding that stops where llama.cpp knows none of that name."""
    if choice in pre_tokenizer_table().names:
        return PreTokenizer(choice, RecognisedBy.CHOICE)
    return PreTokenizer(
        "", RecognisedBy.NOTHING, (_unknown(text("llama.cpp has no pre-tokenizer named {name!r:.60}.", name=choice)),)
    )


def _by_digest_note(name: str) -> Finding:
    return info(
        "pre-tokenizer-by-digest",
        text("The pre-tokenizer is {name}, recognized by a test text.", name=name),
        text("llama.cpp splits text exactly as this tokenizer does."),
        subject=SUBJECT,
    )


def _without_marks(name: str) -> Finding:
    other = WITHOUT_MARKS[name]
    return info(
        "combining-marks",
        text("llama.cpp's {name} splits words with combining marks differently from this tokenizer.", name=name),
        text("Thai, Hindi, Khmer and decomposed accents may be tokenized differently."),
        text("{name} splits them as the tokenizer does, but programs from before mid-2026 do not know it.", name=other)
        if other
        else "",
        SUBJECT,
        (ChoosePreTokenizer((other,)),) if other else (),
    )


def _by_expressions(name: str, by_digest: str | None) -> PreTokenizer:
    finding = info(
        "pre-tokenizer-by-expressions",
        text("The pre-tokenizer is {name}, recognized by the regular expressions in tokenizer.json.", name=name),
        text(
            "Something in this tokenizer gives llama.cpp's test text the ids of {name}, which splits other "
            "texts differently.",
            name=by_digest,
        )
        if by_digest
        else text("Something in this tokenizer changed the ids of llama.cpp's test text, as an added token can."),
        subject=SUBJECT,
    )
    return PreTokenizer(name, RecognisedBy.EXPRESSIONS, (finding,))


def _by_family_warning(name: str, model_type: str) -> Finding:
    return warning(
        "pre-tokenizer-by-family",
        text(
            "The pre-tokenizer is assumed to be {name}, the usual one of {family} models.", name=name, family=model_type
        ),
        text("Neither the ids of a test text nor the regular expressions in tokenizer.json are known to llama.cpp."),
        text("Compare some tokens before you rely on the file, or choose another one."),
        SUBJECT,
        (ChoosePreTokenizer(tuple(other for other in pre_tokenizer_table().names if other != name)),),
    )


def _unknown(what: Text | None = None) -> Finding:
    return blocker(
        "unknown-pre-tokenizer",
        what or text("llama.cpp has no pre-tokenizer that splits text as this tokenizer does."),
        text("With the wrong one, the model would see different tokens than in training."),
        text("If you know the right one, choose it."),
        SUBJECT,
        (ChoosePreTokenizer(pre_tokenizer_table().names),),
    )
