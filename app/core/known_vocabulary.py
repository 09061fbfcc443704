"""What a model type says of its vocabulary that the tokenizer's files of a folder do not say."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class KnownVocabulary:
    """`pre_tokenizer` is llama.cpp's name for the one that the published models all have, "" where they differ.

    It is from conversion/base.py, the comments beside the digests. `roles` are texts of tokens by role ("eot"), which
    count where such a token is there and nothing else names one. `bpe_of_pieces` is `tokenizer.ggml.model` of a BPE
    whose tokens are SentencePiece's pieces. `ids` are ids by role of vocabularies that have so many tokens by
    config.json, and `ends` the settings of config.json that name further ends of a text.
    """

    pre_tokenizer: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    bpe_of_pieces: str = "llama"
    ids: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    ends: tuple[str, ...] = ()
