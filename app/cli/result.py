"""What is said of files that were written: they are there, whatever goes wrong afterwards."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.output import NobodyReads, OutputError, say
from app.core.checkpoint.purpose import Task
from app.core.convert import WrittenFile
from app.core.describe.try_it import command
from app.core.errors import AppError
from app.core.human_text import bytes_in_words, duration_in_words
from app.core.language import Language
from app.core.standard_streams import complain
from app.core.text import Text, counted, escaped, joined, text

PATH = "{path}"  # stands for a path, which is printed whole however long it is


@contextmanager
def whole_in_any_case(written: tuple[WrittenFile, ...]) -> Iterator[None]:
    """What fails now does not take away what was written."""
    try:
        yield
    except AppError as error:
        hint = joined(" ", (error.hint, *_are_whole(written)))
        raise type(error)(error.message, hint) from error


def tell(said: str, written: tuple[WrittenFile, ...], language: Language) -> None:
    """The files are what was wanted: they are whole, whether or not anything can be said about them."""
    try:
        say(said)
    except NobodyReads:
        return
    except OutputError as error:
        complain(f"mlx-ferry: {language(error.message)}\n  {language(joined(' ', _are_whole(written)))}")


def _are_whole(written: tuple[WrittenFile, ...]) -> Iterator[Text]:
    return (text("{path} is complete.", path=one.path) for one in written)


def _with_path(one: WrittenFile, language: Language, said: Text) -> str:
    return language(said).replace(PATH, escaped(str(one.path)))


def wrote(one: WrittenFile, language: Language) -> str:
    """The file, its size and its time."""
    size, seconds = language(bytes_in_words(one.byte_count)), language(duration_in_words(one.seconds))
    said = text("Wrote {path} ({size} in {seconds}).", path=PATH, size=size, seconds=seconds)
    return _with_path(one, language, said) + _further(one, language)


def _further(one: WrittenFile, language: Language) -> str:
    """That a file has further parts; empty for a whole one."""
    if not one.further:
        return ""
    said = counted(
        "It is the first of {count:,} part; programs open this one and find the others beside it.",
        "It is the first of {count:,} parts; programs open this one and find the others beside it.",
        len(one.paths),
    )
    return f" {language(said)}"


def summary(written: tuple[WrittenFile, ...], task: Task, language: Language) -> str:
    """Paths are whole, however long."""
    first = written[0]
    if len(written) == 1:
        lines = [wrote(first, language)]
    else:
        sizes = ((one, language(bytes_in_words(one.byte_count))) for one in written)
        lines = [
            _with_path(one, language, text("Wrote {path} ({size}).", path=PATH, size=size)) + _further(one, language)
            for one, size in sizes
        ]
        seconds = language(duration_in_words(first.seconds))
        lines.append(language(text("It took {seconds} in all; the folder was read once.", seconds=seconds)))
    try_it = language(text("Try it:"))  # the command is not part of the text, which would shorten a long path
    lines.append(f"{try_it} {command(task, shlex.quote(str(first.path)))}")
    return "\n".join(map(escaped, lines))
