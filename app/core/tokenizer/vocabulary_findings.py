"""What a person should know about a vocabulary: rows and tokens that do not match, and what llama.cpp cannot say."""

from collections.abc import Iterator, Mapping
from typing import Any

from gguf import TokenType

from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, blocker, info, warning
from app.core.text import counted, text
from app.core.tokenizer.added_tokens import text_of
from app.core.tokenizer.kinds import Kind, prepends_only_first, spares_leading_space
from app.core.tokenizer.special_tokens import tokens_after
from app.core.tokenizer.tokenizer_json import TokenizerJson, steps

SUBJECT, SETTINGS = "tokenizer.json", "tokenizer_config.json"
UNICODE_FORMS = {"NFC"}  # changes only what is written in parts, such as é
SOUGHT = 1 << 28  # characters of templates that are gone through, a second's worth; sound ones are ten thousand long
# What PLaMo's tokenizer sets apart before it looks for tokens (tokenization_plamo.py, Plamo3Tokenizer)
RUNS = ("break_around_repeated_chars_threshold", "break_around_consecutive_spaces_threshold")


def vocabulary_findings(
    checkpoint: Checkpoint, tokenizer: TokenizerJson, types: list[int], kind: Kind
) -> Iterator[Finding]:
    """All of them, for a vocabulary with `types` for its rows."""
    yield from _beyond_rows(checkpoint, tokenizer, len(types))
    missing = types.count(int(TokenType.UNUSED))
    if missing:
        yield info(
            "rows-without-token",
            counted(
                "The embedding has {count:,} row that the tokenizer has no token for.",
                "The embedding has {count:,} rows that the tokenizer has no token for.",
                missing,
            ),
            text("They are kept and named [PAD…], as llama.cpp expects."),
            subject=checkpoint.tokenizer.main_name,
        )
    yield from _normalizers(tokenizer, kind)
    if kind is Kind.PLAMO:
        yield from _plamo(checkpoint.tokenizer.tokenizer_config)
    after = tokens_after(tokenizer)
    if len(after) > 1:
        yield info(
            "several-tokens-after-text",
            text(
                "This tokenizer puts {count} tokens after a text ({tokens:.80}); llama.cpp could put only one.",
                count=len(after),
                tokens=", ".join(after),
            ),
            text("It adds none: one would also stand after the question of a chat, where the answer begins."),
            subject=SUBJECT,
        )
    if kind is Kind.SENTENCEPIECE and not isinstance(tokenizer.model.vocab, dict):
        yield _unigram()
    if kind is Kind.SENTENCEPIECE and spares_leading_space(tokenizer):
        yield info(
            "leading-space",
            text("This tokenizer puts a space before a text unless there is one; llama.cpp always puts one there."),
            text(
                "transformers 5 changed this when it saved the tokenizer; the published model does as llama.cpp does."
            ),
            subject=SUBJECT,
        )
    if kind is Kind.SENTENCEPIECE and prepends_only_first(tokenizer):
        yield info(
            "space-after-special-tokens",
            text(
                "This tokenizer puts a space before the first word only; llama.cpp also puts one after a special token."
            ),
            text("Texts that follow a special token without a space may start with another token."),
            subject=SUBJECT,
        )


def _plamo(settings: Mapping[str, Any]) -> Iterator[Finding]:
    """What llama.cpp's tokenizer of this kind leaves out (src/llama-vocab.cpp, llm_tokenizer_plamo2_session)."""
    if settings.get("add_bos_token") is True:
        bos = text_of(settings.get("bos_token")) or text("its bos token")
        yield warning(
            "bos-not-added",
            text(
                "This tokenizer puts {token:.60} before a text; "
                "llama.cpp puts none there with a vocabulary of this kind.",
                token=bos,
            ),
            text("A chat template that writes it is kept as it is. A plain prompt starts without it."),
            text("Begin plain prompts with {token:.60}.", token=bos),
            SETTINGS,
        )
    if any(settings.get(name) is not None for name in RUNS):
        yield info(
            "runs-not-set-apart",
            text("This tokenizer sets long runs of one character apart before tokenizing; llama.cpp does not."),
            text("Text beside such a run, such as many spaces or a line of dashes, may be tokenized differently."),
            subject=SETTINGS,
        )


def _beyond_rows(checkpoint: Checkpoint, tokenizer: TokenizerJson, row_count: int) -> Iterator[Finding]:
    texts = {token_id: text for token_id, text in tokenizer.model.texts.items() if token_id >= row_count}
    texts |= {token.id: token.content for token in tokenizer.added_tokens if token.id >= row_count}
    used = _used(checkpoint, texts)
    if used:
        yield blocker(
            "used-token-beyond-rows",
            text("The token {token!r:.60} is used, but has no weights.", token=used[0]),
            text("Tokens were added to the tokenizer but not to the model, which cannot read or write them."),
            text(
                "Resize the embedding and train it, or put the base model's tokenizer and chat template "
                "into the folder."
            ),
            checkpoint.tokenizer.main_name,
        )
    elif texts:
        yield info(
            "tokens-beyond-rows",
            counted(
                "{count} token of the tokenizer has no weights: {token!r}.",
                "{count:,} tokens of the tokenizer have no weights, such as {token!r}.",
                len(texts),
                token=texts[min(texts)],
            ),
            counted(
                "It is left out, for the model cannot know it. Models often share the tokenizer of a relative that has "
                "more rows.",
                "They are left out, for the model cannot know them. Models often share the tokenizer of a relative "
                "that has more rows.",
                len(texts),
            ),
            subject=checkpoint.tokenizer.main_name,
        )


def _used(checkpoint: Checkpoint, texts: dict[int, str]) -> list[str]:
    """Those that a chat cannot do without: in a template, or at the start or end of a text."""
    files = checkpoint.tokenizer
    templates = [files.chat_template or "", *files.named_templates.values()]
    roles = {text_of(files.tokenizer_config.get(f"{role}_token")) for role in ("bos", "eos")}
    sought = SOUGHT // (sum(map(len, templates)) + 1)
    return [
        text
        for number, text in enumerate(texts.values())
        if text and (text in roles or (number < sought and any(text in template for template in templates)))
    ]


def _normalizers(tokenizer: TokenizerJson, kind: Kind) -> Iterator[Finding]:
    names = [name for step in steps(tokenizer.normalizer, "normalizers") if (name := _left_out(step, kind))]
    if not names:
        return
    what = text(
        "The tokenizer changes text before tokenizing it ({steps:.60}); llama.cpp does not.",
        steps=", ".join(names),
    )
    if set(names) <= UNICODE_FORMS:
        yield info(
            "normalizer-left-out",
            what,
            text("Only accented letters that are written in two parts become other tokens."),
            subject=SUBJECT,
        )
    else:
        yield warning(
            "normalizer-left-out",
            what,
            text("Some texts will be tokenized differently than in training."),
            text("Compare some tokens of your own texts before you rely on the file."),
            SUBJECT,
        )


def _left_out(step: dict[str, Any], kind: Kind) -> str:
    """The name of a normalizer that llama.cpp does without."""
    name = step.get("type")
    is_said_otherwise = name in ("Replace", "Prepend") and kind is not Kind.BYTE_LEVEL
    if not isinstance(name, str) or name == "ByteLevel" or is_said_otherwise or step.get("normalizers") == []:
        return ""
    return name


def _unigram() -> Finding:
    return warning(
        "unigram",
        text("This is a SentencePiece unigram model; llama.cpp merges its pieces pair by pair, by their scores."),
        text("Some words may be split differently than in training."),
        text("Compare some tokens of your own texts before you rely on the file."),
        SUBJECT,
    )
