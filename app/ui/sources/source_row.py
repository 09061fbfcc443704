"""The lines of the side bar as plain data: one for each model, adapter and finished file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from os.path import realpath
from pathlib import Path

from app.core.deliver.folder_contents import Kind
from app.core.deliver.models_here import ModelHere, Place
from app.core.deliver.own_places import is_kept_by_a_program
from app.core.human_text import bytes_in_words
from app.core.text import Text, joined, text
from app.ui.history.finished_file import FinishedFile
from app.ui.history.history_columns import proof_in_words, source_in_words
from app.ui.proof.tones import OF_VERDICT, Tone
from app.ui.settings import Recent

MOST_FILES = 8
MOST_KEPT = 4096  # lines that stay as they were when something else has changed


class Group(Enum):
    """The sections, in their order."""

    FOLDERS = text("My folders")
    LM_STUDIO = Place.LM_STUDIO.value
    HUB = Place.HUB.value
    MODELSCOPE = Place.MODELSCOPE.value
    ADAPTERS = text("Adapters")
    FILES = text("Recent files")

    @property
    def title(self) -> str:
        """What a person reads: a Text, or another program's name."""
        found: str = self.value
        return found


GROUP_OF = {
    Place.FOLDER: Group.FOLDERS,
    Place.LM_STUDIO: Group.LM_STUDIO,
    Place.HUB: Group.HUB,
    Place.MODELSCOPE: Group.MODELSCOPE,
}


@dataclass(frozen=True)
class SourceRow:
    """One line. `details`: what is said beside the name, the most first; what there is room for is shown.

    `path` is a model's or an adapter's folder, or a finished file. `sign` is what a check has found, `has_file` whether
    a GGUF file of the model is here. A line that `is_quiet` stands for what is damaged, half loaded or gone. `recent`:
    what may be taken off the list.
    """

    group: Group
    name: str
    path: Path
    adapters: tuple[Path, ...] = ()
    details: tuple[str, ...] = ()
    sign: Tone | None = None
    has_file: bool = False
    is_quiet: bool = False
    recent: Recent | None = None
    remark: Text | str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The same for the same thing, whatever is found out about it."""
        return self.group, self.path, self.adapters

    @property
    def can_convert(self) -> bool:
        """A model or an adapter that is whole."""
        return self.group is not Group.FILES and not self.is_quiet

    @property
    def can_remove(self) -> bool:
        """Whether it is there because it was used."""
        return self.recent is not None or self.group is Group.FILES

    @property
    def told(self) -> str:
        """All of it, for a tooltip and a screen reader."""
        mark = text("a GGUF file of it is here") if self.has_file else ""
        return joined(", ", (self.name, *self.details[:1], self.remark, mark))


Rows = Mapping[Group, tuple[SourceRow, ...]]


def model_rows(models: Iterable[ModelHere], recents: Sequence[Recent]) -> tuple[SourceRow, ...]:
    """Models and adapters, sorted by name, so that a search that comes back moves no line."""
    by_folder = {one.real: one for one in models}
    alone = {realpath(one.folder): one for one in recents if not one.adapters}
    own = [one for one in recents if _is_row_of_its_own(one, by_folder)]
    named = [(_group_of(one), one.name, one.folder) for one in by_folder.values()]
    names = _told_apart([*named, *((Group.FOLDERS, one.name, one.folder) for one in own)])
    found = [_model_row(one, alone.get(folder), next(names)) for folder, one in by_folder.items()]
    found += (_recent_row(one, next(names)) for one in own)
    return tuple(sorted(found, key=lambda row: (row.name.casefold(), str(row.path))))


def in_sections(models: Sequence[SourceRow], files: Sequence[FinishedFile]) -> Rows:
    """Sections that have lines, in their order; files, the newest first, behind the lines of models."""
    found = [*models, *map(_file_row, files[:MOST_FILES])]
    groups = ((group, tuple(row for row in found if row.group is group)) for group in Group)
    return {group: rows for group, rows in groups if rows}


@lru_cache(maxsize=MOST_KEPT)
def _model_row(one: ModelHere, recent: Recent | None, name: str) -> SourceRow:
    holds = one.holds
    size = bytes_in_words(holds.byte_count)
    details: tuple[str, ...] = (size,)
    if holds.kind is Kind.ADAPTER:
        base = one.base.name if one.base and not holds.base else holds.base.rpartition("/")[2]
        details = (text("on {model}", model=base),) if base else ()
    elif holds.bits is not None:
        details = (joined(" · ", (text("{bits}-bit", bits=holds.bits), size)), size)
    is_whole = holds.is_complete
    return SourceRow(
        _group_of(one),
        name,
        one.folder,
        details=details,
        has_file=bool(one.gguf),
        is_quiet=not is_whole,
        recent=recent,
        remark="" if is_whole else text("download not complete"),
    )


def _group_of(one: ModelHere) -> Group:
    return Group.ADAPTERS if one.holds.kind is Kind.ADAPTER else GROUP_OF[one.place]


def _is_row_of_its_own(recent: Recent, by_folder: Mapping[str, ModelHere]) -> bool:
    """Not where another program's folder has a line for it, now or when the search has come back."""
    return bool(recent.adapters) or not (realpath(recent.folder) in by_folder or is_kept_by_a_program(recent.folder))


def _recent_row(one: Recent, name: str) -> SourceRow:
    return SourceRow(Group.FOLDERS, name, one.folder, one.adapters, recent=one)


def _file_row(one: FinishedFile) -> SourceRow:
    is_there = one.is_there
    return SourceRow(
        Group.FILES,
        one.path.name,
        one.path,
        details=(text("from {model}", model=source_in_words(one)),),
        sign=OF_VERDICT[one.verdict] if one.verdict and is_there else None,
        is_quiet=not is_there,
        remark=proof_in_words(one, is_there),
    )


def _told_apart(named: Sequence[tuple[Group, str, Path]]) -> Iterator[str]:
    """ORG/NAME as NAME, where that says which; two folders of one name with the folder that they lie in."""
    short = Counter((group, name.rpartition("/")[2]) for group, name, _ in named)
    whole = Counter((group, name) for group, name, _ in named)
    for group, name, path in named:
        last = name.rpartition("/")[2]
        if short[group, last] == 1:
            yield last
        else:
            yield f"{name} – {path.parent.name}" if whole[group, name] > 1 else name
