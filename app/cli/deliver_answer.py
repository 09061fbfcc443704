"""deliver --ask: one short question to a model where it has arrived."""

from collections.abc import Callable

from app.cli.output import say
from app.core.checkpoint.purpose import Task
from app.core.deliver.answer import Answer
from app.core.errors import AppError
from app.core.human_text import duration_in_words
from app.core.language import Language
from app.core.text import escaped, joined, text


def ask_model(task: Task, language: Language, ask: Callable[[], Answer]) -> None:
    """Say what it answers; it is there, whether or not it does. Raises AppError."""
    if task is not Task.TEXT:
        say(language(text("This model does not hold conversations, so it was not asked anything.")))
        return
    try:
        answer = ask()
    except AppError as error:
        raise type(error)(error.message, joined(" ", (error.hint, text("The model itself has arrived.")))) from error
    seconds = language(duration_in_words(answer.seconds))
    say(
        "\n".join(
            [
                language(text("Asked: {question}", question=answer.question)),
                language(text("The answer took {seconds}:", seconds=seconds)),
                *("  " + escaped(line) for line in answer.text.split("\n")),
            ]
        )
    )
