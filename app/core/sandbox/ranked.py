"""tekken.json, Mistral's own file, as mistral_common reads it: bytes of tokens by rank, by tiktoken's rules."""

import base64
import json
from itertools import pairwise
from typing import Any

BOS = "<s>"
USUAL_BOS = 1  # of a file that lists no special tokens


def ids_by_ranks(texts: list[str], data: bytes) -> dict[str, Any]:
    """As encode() gives them, for tekken.json as `data`. mistral_common knows no special tokens in a text."""
    from tokenizers import Regex
    from tokenizers.pre_tokenizers import Split

    file = json.loads(data)
    special_count = file["config"]["default_num_special_tokens"]
    count = file["config"]["default_vocab_size"] - special_count
    ranks = {base64.b64decode(token["token_bytes"]): token["rank"] for token in file["vocab"][:count]}
    special = [token["token_str"] for token in file.get("special_tokens") or []]
    bos = special.index(BOS) if special else USUAL_BOS
    split = Split(Regex(file["config"]["pattern"]), "isolated")
    bare = [
        [special_count + rank for word, _ in split.pre_tokenize_str(text) for rank in _ranks(word.encode(), ranks)]
        for text in texts
    ]
    return {"ids": [[bos, *ids] for ids in bare], "bare_ids": bare}


def _ranks(word: bytes, ranks: dict[bytes, int]) -> list[int]:
    """A word that is a token stays whole; else the pair with the lowest rank is joined, again and again."""
    if word in ranks:
        return [ranks[word]]
    parts = [bytes([byte]) for byte in word]
    while len(parts) > 1:
        joined = [ranks.get(left + right) for left, right in pairwise(parts)]
        lowest = min((rank for rank in joined if rank is not None), default=None)
        if lowest is None:
            break
        place = joined.index(lowest)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return [ranks[part] for part in parts]
