"""deliver --to lm-studio: a finished file to LM Studio's list of models."""

from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing

from app.cli.deliver_answer import ask_model
from app.cli.output import say
from app.cli.progress_bar import ProgressBar
from app.core.convert import WrittenFile
from app.core.deliver.arrival import Arrival, Way
from app.core.deliver.lm_studio import LmStudioPlace, deliver_to_lm_studio
from app.core.deliver.lm_studio_answer import ask_lm_studio
from app.core.deliver.model_file import read_model_file
from app.core.language import Language
from app.core.text import escaped, text

PATH = "{path}"  # stands for a path, which is printed whole however long it is
SAID = {
    Way.CLONE: text("LM Studio has it as {path}, a clone that takes no room.", path=PATH),
    Way.LINK: text("LM Studio has it as {path}, a hard link that takes no room.", path=PATH),
    Way.COPY: text("LM Studio has a copy of it, {path}.", path=PATH),
    Way.MOVE: text("It was moved to LM Studio, as {path}.", path=PATH),
    Way.THERE: text("LM Studio has it already, as {path}.", path=PATH),
}


def to_lm_studio(arguments: Namespace) -> None:
    """Bring it there and say how. Raises AppError."""
    place = LmStudioPlace(arguments.publisher, arguments.model)
    file = read_model_file(arguments.file) if arguments.ask else None
    with closing(ProgressBar(language=arguments.language)) as bar:
        found = deliver_to_lm_studio(arguments.file, place, arguments.move, arguments.overwrite, bar)
    say(_in_words(found, arguments.language))
    if file is not None:
        folder = found.path.parent
        ask_model(
            file.task,
            arguments.language,
            lambda: ask_lm_studio(folder.parent.name, folder.name, found.byte_count),
        )


def bring_to_lm_studio(one: WrittenFile, _: Sequence[str], arguments: Namespace) -> str:
    """A file that was just converted, under its own name; what is said of it. Raises AppError."""
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        found = deliver_to_lm_studio(one.path, overwrite=arguments.overwrite, on_progress=bar)
    return _in_words(found, arguments.language)


def _in_words(found: Arrival, language: Language) -> str:
    return language(SAID[found.way]).replace(PATH, escaped(str(found.path)))
