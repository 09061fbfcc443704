"""Special ids and whether llama.cpp should add them, as its converter finds them (gguf 0.19 vocab.py, SpecialVocab)."""

from collections.abc import Mapping
from typing import Any

from app.core.tokenizer.tokenizer_json import TokenizerJson

# Not mask and cls: transformers 5 adds them to every saved tokenizer, and a causal model has no use for them.
KINDS = ("bos", "eos", "unk", "sep", "pad")
ADDED = ("bos", "eos", "sep")  # the kinds for which llama.cpp has an add_…_token key


def special_ids(
    tokenizer: TokenizerJson, tokenizer_config: Mapping[str, Any], config: Mapping[str, Any], row_count: int
) -> dict[str, int]:
    """Ids by kind: by the text in tokenizer_config.json first, else the id in config.json. Ids beyond the rows go."""
    by_text = {token.content: token.id for token in tokenizer.added_tokens}
    found: dict[str, int] = {}
    for kind in KINDS:
        candidates = (by_text.get(_text(tokenizer_config.get(f"{kind}_token"))), config.get(f"{kind}_token_id"))
        token_id = next((c for c in candidates if type(c) is int and 0 <= c < row_count), None)
        if token_id is not None:
            found[kind] = token_id
    return found


def added_automatically(tokenizer: TokenizerJson, tokenizer_config: Mapping[str, Any]) -> dict[str, bool]:
    """Which of bos, eos, sep are put around a text: what the post-processor does, unless the config says otherwise."""
    found = _from_post_processor(tokenizer.post_processor, tokenizer_config)
    for kind in ADDED:
        value = tokenizer_config.get(f"add_{kind}_token")
        if isinstance(value, bool):
            found[kind] = value
    return found


def _text(entry: Any) -> str:
    """A token's text: a string, or an object with `content`."""
    content = entry.get("content") if isinstance(entry, dict) else entry
    return content if isinstance(content, str) else ""


def _from_post_processor(processor: Any, tokenizer_config: Mapping[str, Any]) -> dict[str, bool]:
    """bos leads the template, eos ends it, sep stands between the two texts of a pair."""
    template = next((step for step in _steps(processor) if step.get("type") == "TemplateProcessing"), {})
    found: dict[str, bool] = {}
    single, pair = _pieces(template.get("single")), _pieces(template.get("pair"))
    first, last = (single[0], single[-1]) if len(single) > 1 else ("", "")
    if first:
        found["bos"] = not tokenizer_config or first in _texts(tokenizer_config, "bos", "cls")
    if last:
        found["eos"] = not tokenizer_config or last in _texts(tokenizer_config, "eos", "sep")
    between = pair[bool(first) : len(pair) - bool(last)][1:-1]
    if between:
        found["sep"] = not last and between[0] in _texts(tokenizer_config, "sep", "eos")
    return found


def _steps(processor: Any) -> list[dict[str, Any]]:
    """The post-processor, or those that it runs one after the other."""
    steps = processor.get("processors", [processor]) if isinstance(processor, dict) else []
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _pieces(template: Any) -> list[str]:
    """The texts of a template's special tokens, "" for a sequence."""
    if not isinstance(template, list):
        return []
    pieces = (piece.get("SpecialToken") if isinstance(piece, dict) else None for piece in template)
    return [_text({"content": piece.get("id")}) if isinstance(piece, dict) else "" for piece in pieces]


def _texts(tokenizer_config: Mapping[str, Any], *kinds: str) -> set[str]:
    return {_text(tokenizer_config.get(f"{kind}_token")) for kind in kinds} - {""}
