"""Where the files go: as the settings say, unless something else is chosen for this model."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.checkpoint import Checkpoint
from app.core.convert.target import default_targets
from app.core.plan import ConversionPlan
from app.core.resources import SAMPLE, resource_path

UsualFolder = Callable[[Checkpoint, ConversionPlan], Path]  # where a file goes when nobody says otherwise


class Destination:
    """A folder and a name that the user may have chosen, for one model."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._name: str | None = None

    def choose(self, path: Path, usual: Path) -> None:
        """The first file; a name that is the usual one goes on following the type."""
        self._folder = path.parent
        self._name = None if self._name is None and path.name == usual.name else path.name

    def choose_folder(self, folder: Path) -> None:
        """Where the files go, by whatever names."""
        self._folder = folder

    def of(self, usual: Path) -> Path:
        """The file that is written in the place of the usual one."""
        return (self._folder or usual.parent) / (self._name or usual.name)

    def targets(
        self, checkpoint: Checkpoint, plans: Sequence[ConversionPlan], usual_folder: UsualFolder
    ) -> tuple[Path, ...]:
        """A file for each plan. A chosen name is the first one's; the others add their types to it."""
        usual = default_targets(checkpoint, plans, self._folder or usual_folder(checkpoint, plans[0]))
        if self._name is None:
            return usual
        first = usual[0].with_name(self._name)
        endings = (path.name.removeprefix(plans[0].model_name) for path in usual[1:])
        return (first, *(first.with_name(first.stem + ending) for ending in endings))


def from_home(path: Path) -> str:
    """As a Mac shows it: ~ for the home folder."""
    home, whole = str(Path.home()), str(path)
    return whole.replace(home, "~", 1) if whole.startswith(home + os.sep) else whole


def is_sample(checkpoint: Checkpoint) -> bool:
    """Whether it is the model that comes with the program."""
    return checkpoint.folder == resource_path(SAMPLE)
