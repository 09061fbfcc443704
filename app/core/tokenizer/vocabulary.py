"""A vocabulary as GGUF holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.findings import Finding
from app.core.tokenizer.kinds import Kind
from app.core.tokenizer.pre_tokenizer import RecognisedBy


@dataclass(frozen=True)
class Vocabulary:
    """`tokenizer.ggml.*`: token texts, scores and gguf.TokenType values by id, merges, special ids, flags, templates.

    `special_ids` maps bos, eos, unk, pad … to ids; `add_tokens` maps bos, eos, sep to whether llama.cpp adds them.
    `entry_count` is the number of tokens that the tokenizer files name, before padding to `row_count` rows, and
    `added_count` how many of them are added tokens. What a kind does not have is empty, or None for the flag.
    `rendered_template`: two turns of a chat as the template writes them, None where it does not.
    `space_takers`: added tokens that take the space before or after them away.
    """

    model: str
    pre_tokenizer: str
    tokens: tuple[str, ...] = field(repr=False)
    scores: tuple[float, ...] = field(repr=False)
    types: tuple[int, ...] = field(repr=False)
    special_ids: dict[str, int]
    add_tokens: dict[str, bool]
    add_space_prefix: bool | None
    chat_template: str | None = field(repr=False)
    entry_count: int
    row_count: int
    findings: tuple[Finding, ...] = ()
    merges: tuple[str, ...] = field(default=(), repr=False)
    named_templates: Mapping[str, str] = field(default_factory=dict, repr=False)
    recognised_by: RecognisedBy = RecognisedBy.NOTHING
    added_count: int = 0
    rendered_template: str | None = field(default=None, repr=False)
    space_takers: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def has_pre_tokenizers(self) -> bool:
        """Whether there is more than one way in which llama.cpp could cut texts up for it."""
        return self.model == Kind.BYTE_LEVEL

    @property
    def special_texts(self) -> dict[str, str]:
        """The text of each special token, by its role."""
        return {role: self.tokens[token_id] for role, token_id in self.special_ids.items()}
