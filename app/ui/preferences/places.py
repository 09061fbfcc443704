"""Where a file goes, as the settings say: never into a cache, never into whatever folder the program was started in."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.checkpoint import Checkpoint
from app.core.convert.target import default_target
from app.core.deliver.lm_studio import LmStudioPlace
from app.core.deliver.own_places import is_for_new_files, usual_folder
from app.core.errors import TargetError
from app.core.plan import ConversionPlan
from app.ui.settings import Settings, Where


class Places:
    """Asks the settings each time, so that it is right at once when they change."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def usual(self, checkpoint: Checkpoint, plan: ConversionPlan) -> Path:
        """The folder for the file of this plan."""
        name = default_target(checkpoint, plan, Path()).name
        return self.folder_for(name, checkpoint.folder, [one.adapter.file.path for one in plan.adapters])

    def folder_for(self, file_name: str, source: Path, adapters: Sequence[Path] = ()) -> Path:
        """The folder for a file that is made from the model folder `source` with these adapters' files.

        That of LM Studio need not be there yet: `model_folder_made` makes it. A chosen folder may be away with its
        disk: then the conversion says so.
        """
        where, chosen = self._settings.where(), self._settings.folder()
        if where is Where.LM_STUDIO:
            try:
                return LmStudioPlace().folder_for(Path(file_name))
            except TargetError:  # it was removed since
                pass
        if where is Where.FOLDER and chosen is not None:
            return chosen
        found = (folder for folder in _beside(source, adapters) if is_for_new_files(folder))
        return next(found, None) or chosen or usual_folder()


def _beside(source: Path, adapters: Sequence[Path]) -> Iterator[Path]:
    """An adapter's folder is the person's own, its base may lie in a cache."""
    for file in adapters[:1]:
        if not file.parent.is_relative_to(source):
            yield file.parent.parent
    yield source.parent
