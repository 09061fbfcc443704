"""A file to a program: what a job does, and what there is to say and to ask when it has arrived."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from app.core.checkpoint.purpose import Task
from app.core.deliver.answer import Answer, ask_llama, ask_ollama
from app.core.deliver.arrival import Way
from app.core.deliver.llama_app import add_to_llama_app
from app.core.deliver.lm_studio import deliver_to_lm_studio
from app.core.deliver.lm_studio_answer import ask_lm_studio
from app.core.deliver.model_file import ModelFile, read_model_file
from app.core.deliver.modelfile import write_modelfile
from app.core.deliver.ollama import deliver_to_ollama
from app.core.deliver.ollama_name import usual_name
from app.core.describe.try_it import ollama_create, ollama_run
from app.core.errors import ExistingFileError, TakenNameError
from app.core.human_text import bytes_in_words
from app.core.progress import IsCancelled, OnProgress
from app.core.text import Text, text

REPLACEABLE = (ExistingFileError, TakenNameError)
Ask = Callable[[IsCancelled], Answer]


class Program(Enum):
    """Where a file can be brought."""

    LM_STUDIO = text("Adding to LM Studio")
    OLLAMA = text("Adding to Ollama")
    LLAMA = text("Adding to Llama")
    MODELFILE = text("Writing a Modelfile")

    @property
    def doing(self) -> Text:
        """What is said while it goes on."""
        return self.value


@dataclass(frozen=True)
class Order:
    """`name` and `system` are Ollama's; `digests`: SHA-256 of the file's parts, where they are known."""

    program: Program
    path: Path
    digests: tuple[str, ...] = ()
    name: str = ""
    system: str = ""


@dataclass(frozen=True)
class Delivered:
    """`command`: what to type there, if anything. `ask` is None where nothing could answer."""

    order: Order
    said: Text
    command: str = ""
    ask: Ask | None = None


IN_LM_STUDIO = {
    Way.CLONE: text("LM Studio has the file. It takes no additional space."),
    Way.LINK: text("LM Studio has the file. It takes no additional space."),
    Way.COPY: text("LM Studio has a copy of the file."),
    Way.MOVE: text("The file is in LM Studio now."),
    Way.THERE: text("LM Studio has this file already."),
}


def deliver(order: Order, overwrite: bool, on_progress: OnProgress, is_cancelled: IsCancelled) -> Delivered:
    """Bring it there. Raises AppError, one of REPLACEABLE for what `overwrite` would replace; Cancelled."""
    file = read_model_file(order.path, order.digests)
    match order.program:
        case Program.LM_STUDIO:
            return _to_lm_studio(order, file, overwrite, on_progress, is_cancelled)
        case Program.OLLAMA:
            found = deliver_to_ollama(file, order.name, order.system, overwrite, on_progress, is_cancelled)
            ask = _if_it_talks(file, lambda stop: ask_ollama(found.place, found.name, is_cancelled=stop))
            said = (
                text("{name} is now in Ollama; {size} copied.", name=found.name, size=bytes_in_words(found.copied))
                if found.copied
                else text("{name} is now in Ollama, which had the weights already.", name=found.name)
            )
            return Delivered(order, said, ollama_run(file.task, found.name), ask)
        case Program.LLAMA:
            return _to_llama(order, file, overwrite)
        case Program.MODELFILE:
            path = write_modelfile(file, order.system, overwrite)
            name = order.name or usual_name(file)
            return Delivered(order, text("Wrote {path}.", path=path.name), ollama_create(name, path))


def _to_lm_studio(
    order: Order, file: ModelFile, overwrite: bool, on_progress: OnProgress, is_cancelled: IsCancelled
) -> Delivered:
    found = deliver_to_lm_studio(file.first, overwrite=overwrite, on_progress=on_progress, is_cancelled=is_cancelled)
    model, size = found.path.parent, found.byte_count
    ask = _if_it_talks(file, lambda stop: ask_lm_studio(model.parent.name, model.name, size, is_cancelled=stop))
    return Delivered(order, IN_LM_STUDIO[found.way], ask=ask)


def _to_llama(order: Order, file: ModelFile, overwrite: bool) -> Delivered:
    found = add_to_llama_app(file, order.name, overwrite)
    said = (
        text("Llama has {name}. It reads its settings when it starts: quit Llama and open it again.", name=found.name)
        if found.is_new
        else text("Llama has {name} already.", name=found.name)
    )
    return Delivered(
        order, said, ask=_if_it_talks(file, lambda stop: ask_llama(found.name, file.first, is_cancelled=stop))
    )


def _if_it_talks(file: ModelFile, ask: Ask) -> Ask | None:
    """A model for embeddings answers nothing."""
    return ask if file.task is Task.TEXT else None
