"""The ids that end a text, from the three files that may name them; where they disagree there is a finding."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.text_config import text_settings
from app.core.findings import Finding, info, warning
from app.core.text import Text, text
from app.core.tokenizer.end_of_generation import stop_on_all
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.special_tokens import is_row

CONFIG, GENERATION, TOKENIZER = "config.json", "generation_config.json", "tokenizer_config.json"
SHOWN = 5  # ids in a sentence


def end_tokens(
    checkpoint: Checkpoint,
    ids: Mapping[str, int],
    texts: Sequence[str],
    kind: Kind,
    is_eos_named: bool,
    further: Sequence[str] = (),
) -> tuple[dict[str, int], list[Finding]]:
    """The special ids, completed so that llama.cpp stops on each end, and what was found.

    `is_eos_named`: the eos of `ids` comes from the tokenizer, not from one of the other files. `further`: the settings
    of config.json that name more ends.
    """
    named = {
        GENERATION: _ids(checkpoint.generation_config.get("eos_token_id")),
        CONFIG: _ids(text_settings(checkpoint.config).get("eos_token_id")),
    }
    # As mlx-lm: generation_config.json replaces what config.json says (utils.py, load_config).
    source = GENERATION if named[GENERATION] else CONFIG
    wanted = {i for i in named[source] if is_row(i, len(texts))}
    found = list(_impossible(named, len(texts)))
    completed = dict(ids)
    if "eos" not in completed and wanted:
        completed["eos"] = next(i for i in named[source] if is_row(i, len(texts)))
    config = text_settings(checkpoint.config)
    ends = wanted | {i for name in further for i in _ids(config.get(name)) if is_row(i, len(texts))}
    stops = stop_on_all(ends, completed, texts, kind)
    completed |= stops.added
    if is_eos_named and wanted and ids.get("eos") not in wanted:
        found.append(_contradiction(texts, ids["eos"], source, sorted(wanted)))
    if stops.missed:
        found.append(_missed(texts, stops.missed))
    if "eos" not in completed and texts:
        found.append(_no_end())
    return completed, found


def _ids(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _impossible(named: Mapping[str, list[Any]], row_count: int) -> Iterator[Finding]:
    for file, ids in named.items():
        wrong = [i for i in ids if not is_row(i, row_count)]
        if wrong:
            yield warning(
                "bad-eos-token",
                text(
                    "{file} names {token!r:.30} as an end token, but ids run from 0 to {last:,}.",
                    file=file,
                    token=wrong[0],
                    last=row_count - 1,
                ),
                text("It is left out."),
                text("Correct eos_token_id in {file}.", file=file),
                file,
            )


def _in_words(texts: Sequence[str], ids: Sequence[int]) -> str:
    words = ", ".join(f"{texts[i]!r:.40} ({i})" for i in ids[:SHOWN])
    return words + (", …" if len(ids) > SHOWN else "")


def _contradiction(texts: Sequence[str], eos: int, source: str, wanted: Sequence[int]) -> Finding:
    return warning(
        "eos-contradiction",
        text(
            "Two files disagree about the end token: tokenizer_config.json has {token}, {file} has {tokens}.",
            token=_in_words(texts, [eos]),
            file=source,
            tokens=_in_words(texts, wanted),
        ),
        text("llama.cpp will stop on all of them; mlx-lm stops on those of the second file only."),
        text("Correct the wrong file, or leave it as it is if the model ends a text with either."),
        TOKENIZER,
    )


def _missed(texts: Sequence[str], ids: Sequence[int]) -> Finding:
    return warning(
        "end-token-missed",
        text(
            "llama.cpp will not stop on {tokens}, which the folder names as the end of a text.",
            tokens=_in_words(texts, ids),
        ),
        text("GGUF has three keys for such tokens; llama.cpp recognizes all others by their text."),
        text("Give your program these texts as stop words."),
        GENERATION,
    )


def _no_end() -> Finding:
    return warning(
        "no-end-token",
        text("Nothing in the folder says which token ends a text."),
        text("llama.cpp will stop at its default token, or run until the length limit."),
        text("Add eos_token to tokenizer_config.json."),
        TOKENIZER,
    )


def role_contradictions(ids: Mapping[str, int], config: Mapping[str, Any], texts: Sequence[str]) -> Iterator[Finding]:
    """Where config.json names another token than the tokenizer for the start of a text or for padding."""
    for role in ("bos", "pad"):
        other = config.get(f"{role}_token_id")
        if role in ids and type(other) is int and is_row(other, len(texts)) and other != ids[role]:
            yield info(
                f"{role}-contradiction",
                _role_contradiction(role, _in_words(texts, [ids[role]]), _in_words(texts, [other])),
                text("The first is written."),
                subject=TOKENIZER,
            )


def _role_contradiction(role: str, first: str, second: str) -> Text:
    if role == "bos":
        return text(
            "tokenizer_config.json begins a text with {first_token}, config.json with {second_token}.",
            first_token=first,
            second_token=second,
        )
    return text(
        "tokenizer_config.json pads with {first_token}, config.json with {second_token}.",
        first_token=first,
        second_token=second,
    )
