"""The regular expressions by which a tokenizer.json cuts a text up before it looks for tokens."""

from typing import Any

from app.core.tokenizer.pre_tokenizer_table import GPT2, canonical
from app.core.tokenizer.tokenizer_json import TokenizerJson, steps


def split_expressions(tokenizer: TokenizerJson) -> tuple[str, ...] | None:
    """In order; None when it does something that these words cannot say."""
    found: list[str] = []
    for step in steps(tokenizer.pre_tokenizer, "pretokenizers"):
        expressions = _step_expressions(step)
        if expressions is None:
            return None
        found += expressions
    return tuple(found) or None


def _step_expressions(step: dict[str, Any]) -> list[str] | None:
    match step:
        case {"type": "ByteLevel", "add_prefix_space": False}:
            return [] if step.get("use_regex") is False else [GPT2]
        case {"type": "Digits"}:
            return [r"\p{N}" if step.get("individual_digits") is True else r"\p{N}+"]
        case {"type": "Split", "pattern": {"Regex": str(expression)}}:
            # what is found is a piece, and so is what lies between; or the expression finds everything
            whole = (step.get("behavior"), step.get("invert")) in (("Isolated", False), ("Removed", True))
            return [canonical(expression)] if whole else None
    return None
