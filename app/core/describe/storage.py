"""How a folder stores its weights: '4-bit and 8-bit (groups of 64), some BF16'."""

from collections import Counter

from app.core.checkpoint import Checkpoint
from app.core.text import Text, joined, text

SOME = 0.1  # of all bytes: what has less comes last


def storage_in_words(checkpoint: Checkpoint) -> str:
    """What most bytes are stored as comes first; widths that share a length of groups stand together. "" for none."""
    kinds = Counter[tuple[str, int]]()  # a dtype or a mode, or the bits of a packing with the length of its groups
    for (dtype, packing), count in checkpoint.bytes_by_storage.items():
        if packing is None:
            kinds[dtype, 0] += count
        elif packing.mode == "affine":
            kinds[str(packing.bits), packing.group_size] += count
        else:
            kinds[packing.in_words, 0] += count
    few = SOME * kinds.total()
    usual = [kind for kind, count in kinds.most_common() if count >= few]
    rest = joined(", ", _said([kind for kind, _ in kinds.most_common() if kind not in usual][:2]))
    main = joined(", ", _said(usual))
    return text("{types}, some {rest}", types=main, rest=rest) if rest else main


def _said(kinds: list[tuple[str, int]]) -> list[str]:
    lengths = dict.fromkeys(length for _, length in kinds)
    return [said for length in lengths for said in _of_length(length, [name for name, own in kinds if own == length])]


def _of_length(length: int, names: list[str]) -> list[str]:
    if not length:
        return names
    widths: list[str] = [text("{bits}-bit", bits=name) for name in names]
    return [text("{widths} (groups of {length})", widths=_together(widths), length=length)]


def _together(names: list[str]) -> str:
    if len(names) == 2:
        return _both(*names)
    return joined(", ", names)


def _both(first: str, second: str) -> Text:
    return text("{first} and {second}", first=first, second=second)
