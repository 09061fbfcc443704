"""A tokenizer.json that holds only what one text can need of it: loading all of it takes the library half a second.

A byte-level BPE makes no token that is not a part of the text, so the others, and the merges that lead to them, count
for nothing. Where a tokenizer does something with the text that is not followed here, it stays whole.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import normalize

from app.core.tokenizer.tekken import WRITTEN
from app.core.tokenizer.tokenizer_json import Merge, MergeList, TokenizerFile, TokenizerJson, steps

# Not sets: what a file says may be a list or an object, which has no hash
FORMS = ("NFC", "NFD", "NFKC", "NFKD")
CUTTING = ("ByteLevel", "Digits", "Punctuation", "Split")  # what they leave of a text is parts of it


def with_needed_tokens(file: TokenizerFile, tokenizer: TokenizerJson, said: str) -> bytes:
    """tokenizer.json as bytes that give `said` the ids that `file` gives it. Raises TokenizerError.

    `tokenizer`: what `file` was decoded to.
    """
    settings = file.settings()
    if settings is None or not _is_followed(settings, tokenizer):
        return file.data
    added = _added_ids(settings, tokenizer.model.ids)
    if added is None:
        return file.data
    for step in steps(tokenizer.normalizer, "normalizers"):
        said = normalize(step["type"], said)
    needed = _parts_of("".join(WRITTEN[byte] for byte in said.encode()), tokenizer.model.ids)
    return file.with_only(needed | added, _leading_to(needed, file.merges()))


def _leading_to(tokens: Iterable[str], merges: MergeList) -> MergeList:
    """Merges whose result is one of the tokens. All are of one form."""
    cut = ((token[:place], token[place:]) for token in tokens for place in range(1, len(token)))
    is_one_text = bool(merges) and isinstance(merges[0], str)
    wanted: set[Merge] = set(map(" ".join, cut)) if is_one_text else set(cut)
    return [merge for merge in merges if merge in wanted]


def _is_followed(settings: Mapping[str, Any], tokenizer: TokenizerJson) -> bool:
    """Whether tokens are parts of the text, in one of these forms, written as byte-level BPE writes bytes."""
    model, cuts = settings["model"], steps(tokenizer.pre_tokenizer, "pretokenizers")
    to_bytes = [cut for cut in cuts if cut.get("type") == "ByteLevel"]
    return (
        model.get("type") == "BPE"
        and not any(model.get(key) for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"))
        and not any(model.get(key) for key in ("unk_token", "byte_fallback"))
        and all(cut.get("type") in CUTTING for cut in cuts)
        and bool(to_bytes)
        and all(cut.get("add_prefix_space") is False for cut in to_bytes)
        and all(step.get("type") in FORMS for step in steps(tokenizer.normalizer, "normalizers"))
    )


def _added_ids(settings: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, int] | None:
    """The ids of added tokens; None where the library may not give them those that they have in the file.

    It numbers those that are not in the vocabulary itself, one after the other from its end on.
    """
    found: dict[str, int] = {}
    after = len(ids)
    for token in settings.get("added_tokens", ()):
        content, expected = token["content"], ids.get(token["content"], after)
        if content in found or token["id"] != expected:
            return None
        found[content] = expected
        after += content not in ids
    return found


def _parts_of(written: str, ids: Mapping[str, int]) -> dict[str, int]:
    """All tokens that occur in a text."""
    lengths = [length for length in set(map(len, ids)) if length <= len(written)]
    parts = {written[start : start + length] for length in lengths for start in range(len(written) - length + 1)}
    return {part: ids[part] for part in parts if part in ids}
