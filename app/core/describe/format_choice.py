"""One of the formats that a person chooses from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.describe.format_quality import Quality
from app.core.describe.memory_need import MemoryNeed
from app.core.ggml_types import OUTPUTS, OutputType, Recipe
from app.core.text import Text, joined, text


class Role(StrEnum):
    """What a format is recommended for."""

    BEST_MATCH = "best match"
    EXACT = "exact"
    NEARLY_PERFECT = "nearly perfect"
    COMPACT = "compact"

    @property
    def in_words(self) -> Text:
        """A title."""
        return ROLES[self]


ROLES: Mapping[Role, Text] = {
    Role.BEST_MATCH: text("Best match"),
    Role.EXACT: text("Exact"),
    Role.NEARLY_PERFECT: text("Nearly perfect"),
    Role.COMPACT: text("Compact"),
}


@dataclass(frozen=True)
class FormatChoice:
    """One format for one folder.

    `byte_count` is the file's, exactly. `quality` is for programs, `quality_words` one line. `role` says what the
    format is recommended for, None where it is not; `reason` why, "" without a role.
    """

    output_type: OutputType
    byte_count: int
    quality: Quality
    quality_words: str
    memory: MemoryNeed
    types: tuple[str, ...]  # of GGUF, that hold most bytes
    role: Role | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """Of the format: 'Q4_K_M', 'Best match'."""
        return OUTPUTS[self.output_type].title

    @property
    def title(self) -> str:
        """What it is for, else its name."""
        return self.role.in_words if self.role else self.name

    @property
    def detail(self) -> str:
        """The format where the title says what it is for, the types where the name does not say them, else ""."""
        output = OUTPUTS[self.output_type]
        if output.recipe is Recipe.BY_FOLDER:
            return joined(", ", self.types)
        if self.role:
            return self.name
        is_said = output.base is not None and output.base.name in self.types[:1]
        return "" if is_said else joined(", ", self.types)
