"""Special ids and whether llama.cpp should add them, as its converter finds them (gguf-py vocab.py, SpecialVocab)."""

from collections.abc import Mapping
from typing import Any

from app.core.known_vocabulary import KnownVocabulary
from app.core.tokenizer.added_tokens import KINDS, text_of
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.tokenizer_json import TokenizerJson, steps

# Not cls: llama.cpp needs it for BERT only.
ADDED = ("bos", "eos", "sep")  # the kinds for which llama.cpp has an add_…_token key


def special_ids(
    tokenizer: TokenizerJson,
    tokenizer_config: Mapping[str, Any],
    config: Mapping[str, Any],
    row_count: int,
    known: KnownVocabulary,
    kind: Kind,
) -> dict[str, int]:
    """Ids by kind: by the text in tokenizer_config.json first, else the id in config.json. Ids beyond the rows go.

    `known`: texts of tokens by kind, and ids, for what neither file names.
    """
    by_text = _ids_by_text(tokenizer)
    named = named_texts(tokenizer, tokenizer_config, kind)
    found: dict[str, int] = {}
    for role in (*KINDS, "eot"):
        candidates = (by_text.get(named.get(role, "")), *_candidates(role, config))
        token_id = next((c for c in candidates if is_row(c, row_count)), None)
        if token_id is not None:
            found[role] = token_id
    for role, text in known.roles.items():
        if text in by_text and by_text[text] < row_count:
            found.setdefault(role, by_text[text])
    size = config.get("vocab_size")
    for role, token_id in (known.ids.get(size, {}) if type(size) is int else {}).items():
        if token_id < row_count:
            found.setdefault(role, token_id)
    return found


def is_row(value: Any, row_count: int) -> bool:
    """Whether a value of a JSON file is an id of the vocabulary."""
    return type(value) is int and 0 <= value < row_count


def named_texts(tokenizer: TokenizerJson, tokenizer_config: Mapping[str, Any], kind: Kind) -> dict[str, str]:
    """The text of each role: what tokenizer_config.json says, completed by what is put around every text."""
    named = {role: text_of(tokenizer_config.get(f"{role}_token")) for role in KINDS}
    if kind is Kind.SENTENCEPIECE and _is_transformers_own_mask(tokenizer_config):
        named.pop("mask")
    first, last = _ends(tokenizer)
    if first and not named["bos"] and tokenizer_config:
        named["bos"] = first
    if last and tokenizer_config and last != named["eos"]:
        named["eot"], named["eos"] = named["eos"], last
    return {role: text for role, text in named.items() if text}


def _is_transformers_own_mask(tokenizer_config: Mapping[str, Any]) -> bool:
    """transformers 5 names <mask> for every GemmaTokenizer that it saves; the published files do not."""
    return "backend" in tokenizer_config and tokenizer_config.get("tokenizer_class") == "GemmaTokenizer"


def _ids_by_text(tokenizer: TokenizerJson) -> dict[str, int]:
    return {token.content: token.id for token in reversed(tokenizer.added_tokens)}


def _candidates(role: str, config: Mapping[str, Any]) -> list[Any]:
    """A text may end in several ways, and start in one."""
    value = config.get(f"{role}_token_id")
    return value if role == "eos" and isinstance(value, list) else [value]


def added_automatically(tokenizer: TokenizerJson, tokenizer_config: Mapping[str, Any]) -> dict[str, bool]:
    """Which of bos, eos, sep are put around a text: what the post-processor does, else what the config says."""
    found = _from_post_processor(tokenizer, tokenizer_config)
    for kind in ADDED:
        value = tokenizer_config.get(f"add_{kind}_token")
        if isinstance(value, bool):
            found.setdefault(kind, value)
    return found


def _from_post_processor(tokenizer: TokenizerJson, tokenizer_config: Mapping[str, Any]) -> dict[str, bool]:
    """bos leads the template, eos ends it, sep stands between the two texts of a pair."""
    found: dict[str, bool] = {}
    if any(step.get("type") == "ByteLevel" for step in steps(tokenizer.post_processor, "processors")):
        found |= {"bos": False, "eos": False}
    first, last = _ends(tokenizer)
    if first:
        bos = text_of(tokenizer_config.get("bos_token"))
        found["bos"] = not tokenizer_config or not bos or first in _texts(tokenizer_config, "bos", "cls")
    if last:
        # llama.cpp adds one token, also to a chat: one of several would be half a rule
        found["eos"] = len(tokens_after(tokenizer)) == 1
    pair = _pieces(_template(tokenizer).get("pair"))
    inner = pair[bool(first) : len(pair) - bool(last)]
    between = inner[1:-1]
    if between and inner[0] == inner[-1] == "":
        separators = _texts(tokenizer_config, "sep", "eos") | ({last} - {""})
        found["sep"] = (not last and between[0] in separators) or (len(between) == 2 and between[1] in separators)
    return found


def _ends(tokenizer: TokenizerJson) -> tuple[str, str]:
    """The special tokens before and after a single text, "" for none."""
    single = _pieces(_template(tokenizer).get("single"))
    return (single[0], single[-1]) if len(single) > 1 else ("", "")


def tokens_after(tokenizer: TokenizerJson) -> list[str]:
    """The special tokens that are put after a text."""
    single = _pieces(_template(tokenizer).get("single"))
    return single[len(single) - single[::-1].index("") :] if "" in single else []


def _template(tokenizer: TokenizerJson) -> dict[str, Any]:
    parts = steps(tokenizer.post_processor, "processors")
    return next((step for step in parts if step.get("type") == "TemplateProcessing"), {})


def _pieces(template: Any) -> list[str]:
    """The texts of a template's special tokens, "" for a sequence."""
    if not isinstance(template, list):
        return []
    pieces = (piece.get("SpecialToken") if isinstance(piece, dict) else None for piece in template)
    return [text_of({"content": piece.get("id")}) if isinstance(piece, dict) else "" for piece in pieces]


def _texts(tokenizer_config: Mapping[str, Any], *kinds: str) -> set[str]:
    return {text_of(tokenizer_config.get(f"{kind}_token")) for kind in kinds} - {""}
