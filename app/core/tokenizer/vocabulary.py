"""A vocabulary as GGUF holds it."""

from dataclasses import dataclass, field

from app.core.findings import Finding


@dataclass(frozen=True)
class Vocabulary:
    """`tokenizer.ggml.*`: token texts, scores and gguf.TokenType values by id, special ids, flags, template.

    `special_ids` maps bos, eos, unk, pad … to ids; `add_tokens` maps bos, eos, sep to whether llama.cpp adds them.
    `entry_count` is the number of tokens that the tokenizer files name, before padding to `row_count` rows.
    """

    model: str
    pre_tokenizer: str
    tokens: tuple[str, ...] = field(repr=False)
    scores: tuple[float, ...] = field(repr=False)
    types: tuple[int, ...] = field(repr=False)
    special_ids: dict[str, int]
    add_tokens: dict[str, bool]
    add_space_prefix: bool
    chat_template: str | None = field(repr=False)
    entry_count: int
    row_count: int
    findings: tuple[Finding, ...] = ()
