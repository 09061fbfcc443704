"""The guide: resources/guide/guide.LANGUAGE.md, its sections, and which of them tells about a finding."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.findings import MORE
from app.core.resources import resource_path

HEADING = re.compile(r"(#+) (.+)")
CODES = re.compile(r"`[a-z-]+`( `[a-z-]+`)*")  # a paragraph of these under a heading: the findings that it is about
FENCE = "```"


@dataclass(frozen=True)
class Section:
    """From a heading to the next one. `level` is 1 for the title of the guide; `text` is Markdown without the heading.

    `slug` is what links inside of the guide name: `#slug`, as GitHub makes it from the title.
    """

    title: str
    level: int
    slug: str
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Guide:
    """The whole text, its sections in order, and the folder from which its pictures are named."""

    folder: Path
    markdown: str
    sections: tuple[Section, ...]

    def about(self, code: str) -> Section | None:
        """The section about a finding, by its code; None for a code that has none."""
        code = code.removesuffix(MORE)
        return next((section for section in self.sections if code in section.codes), None)


@cache
def read_guide(language: str) -> Guide:
    """In a language such as zh_CN; in English where it was not translated."""
    try:
        path = resource_path(f"guide/guide.{language}.md")
    except FileNotFoundError:
        path = resource_path("guide/guide.en.md")
    markdown = path.read_text(encoding="utf-8")
    return Guide(path.parent, markdown, tuple(_sections(markdown)))


def slug_of(title: str) -> str:
    """'What it means' → 'what-it-means'; signs are left out, letters of any script stay."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _sections(markdown: str) -> list[Section]:
    found: list[tuple[int, str, list[str]]] = []
    is_code = False
    for line in markdown.splitlines():
        is_code ^= line.startswith(FENCE)
        heading = None if is_code else HEADING.fullmatch(line)
        if heading:
            found.append((len(heading[1]), heading[2], []))
        elif found:
            found[-1][2].append(line)
    return [_section(level, title, lines) for level, title, lines in found]


def _section(level: int, title: str, lines: list[str]) -> Section:
    first = next(filter(None, lines), "")
    codes = tuple(re.findall("[a-z-]+", first)) if CODES.fullmatch(first) else ()
    return Section(title, level, slug_of(title), codes, "\n".join(lines).strip())
