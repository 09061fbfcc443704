"""On which tokens llama.cpp stops, and how to make it stop on all that the folder names.

llama.cpp takes the tokens of the keys eos, eot and eom, those with one of the texts below, and, strangely, three that
are for filling a gap (src/llama-vocab.cpp, "maintain a list of tokens that cause end-of-generation").
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.vocabulary import Vocabulary

END_TEXTS = frozenset(
    [
        "<|eot_id|>",
        "<|im_end|>",
        "<|end|>",
        "<|return|>",
        "<|call|>",
        "<|flush|>",
        "<|calls|>",
        "<end_of_turn>",
        "<|endoftext|>",
        "</s>",
        "<|eom_id|>",
        "<EOT>",
        "_<EOT>",
        "[EOT]",
        "[EOS]",
        "<|end_of_text|>",
        "<end_of_utterance>",
        "<eos>",
        "<turn|>",
        "<|tool_response>",
        "<｜end▁of▁sentence｜>",
        "[e~[",
    ]
)
# One set for each role in filling a gap: padding, the name of a repository, the mark between files.
GAP_TEXTS = (
    frozenset(["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"]),
    frozenset(["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"]),
    frozenset(["<|file_sep|>"]),
)
# Where all of these texts end a text, the last one does not, whatever a key says.
REVOKED = (
    ({"<|return|>", "<|call|>"}, "<|end|>"),
    ({"<|return|>", "<|calls|>"}, "<|end|>"),
    ({"<|flush|>", "<|call|>"}, "<|end|>"),
    ({"<|flush|>", "<|calls|>"}, "<|end|>"),
    ({"<|tool_response>"}, "</s>"),
    ({"<|plamo:eos|>"}, "</s>"),
)
KEYS = ("eos", "eot", "eom")
EOS_WITHOUT_KEY = {Kind.BYTE_LEVEL: 11, Kind.SENTENCEPIECE: 2, Kind.PLAMO: 2}  # same file, "default special tokens"


@dataclass(frozen=True)
class Stops:
    """`added`: ids for keys that were free; `missed`: ids on which llama.cpp will not stop."""

    added: dict[str, int]
    missed: tuple[int, ...]


def stop_on_all(wanted: Iterable[int], ids: Mapping[str, int], texts: Sequence[str], kind: Kind) -> Stops:
    """Put those of the wanted ids that llama.cpp would not stop on into the free keys."""
    by_text = ends_by_text(texts)
    added: dict[str, int] = {}
    missed: list[int] = []
    stops = all_ends(ids, texts, by_text, kind)
    for token_id in sorted(wanted):
        if token_id in stops:
            continue
        free = [key for key in KEYS if key not in ids and key not in added]
        others = all_ends({**ids, **added, free[0]: token_id}, texts, by_text, kind) if free else stops
        if token_id in others:
            added[free[0]], stops = token_id, others
        else:
            missed.append(token_id)
    return Stops(added, tuple(missed))


def ends_by_text(texts: Sequence[str]) -> dict[str, int]:
    """The ids of the texts that llama.cpp knows. Of two that fill a gap in the same role it takes either: not sure."""
    known = END_TEXTS.union(*GAP_TEXTS)
    found = {text: i for i, text in enumerate(texts) if text in known}
    for role in GAP_TEXTS:
        there = role & found.keys()
        for text in there if len(there) > 1 else ():
            del found[text]
    return found


def ends_of(vocabulary: Vocabulary) -> set[int]:
    """The ids on which llama.cpp stops with a file that has this vocabulary."""
    texts = vocabulary.tokens
    return all_ends(vocabulary.special_ids, texts, ends_by_text(texts), Kind(vocabulary.model))


def all_ends(ids: Mapping[str, int], texts: Sequence[str], by_text: Mapping[str, int], kind: Kind) -> set[int]:
    """The ids on which llama.cpp stops, with these special ids; `by_text`: the `ends_by_text` of the texts."""
    keys = {key: ids[key] for key in KEYS if key in ids}
    if "eos" not in keys and kind in EOS_WITHOUT_KEY:
        keys["eos"] = EOS_WITHOUT_KEY[kind]
    found = {*by_text.values(), *keys.values()}
    said = by_text.keys() | {texts[i] for i in keys.values() if i < len(texts)}
    for others, revoked in REVOKED:
        if others <= said and revoked in by_text:
            found.discard(by_text[revoked])
    return found
