"""A remedy in the words of the command line: the option to type."""

import shlex
from collections.abc import Iterator

from app.core.findings import Finding
from app.core.remedies import (
    AddAdapter,
    ChooseHead,
    ChooseImatrix,
    ChooseLayout,
    ChooseName,
    ChoosePreTokenizer,
    ChooseTensorType,
    ChooseType,
    LeaveOutImatrix,
    Remedy,
)
from app.core.text import Text, joined, text

IMATRIX = "--imatrix"
NAME, TYPE, FILE = "NAME", "TYPE", "FILE"  # as the help calls them


def with_options(finding: Finding) -> str:
    """Its advice, and the options that do what it says."""
    sentences = (one for number, remedy in enumerate(finding.remedies) for one in _sentences(remedy, number > 0))
    return joined(" ", (finding.advice, *sentences))


def option(remedy: Remedy) -> str:
    """As it is typed; what is left to the person has the name that the help gives it."""
    match remedy:
        case ChoosePreTokenizer(names):
            return f"--pre-tokenizer {names[0] if len(names) == 1 else NAME}"
        case ChooseTensorType(pattern, names):
            kind = names[0].lower() if len(names) == 1 else TYPE
            return _typed("--tensor-type", f"{pattern}={kind}")
        case ChooseHead(choice):
            return f"--lm-head {choice}"
        case ChooseLayout(layout):
            return f"--layout {layout}"
        case ChooseType(output_type):
            return f"--type {output_type}"
        case ChooseName(name):
            return _typed("--name", name or NAME)
        case AddAdapter(path):
            return _typed("--adapter", path)
        case ChooseImatrix() | LeaveOutImatrix():
            return f"{IMATRIX} {FILE}" if isinstance(remedy, ChooseImatrix) else IMATRIX


def _typed(option: str, value: str) -> str:
    """What begins like an option has to be joined to its own."""
    return f"{option}{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"


def _sentences(remedy: Remedy, is_another: bool) -> Iterator[Text]:
    if isinstance(remedy, LeaveOutImatrix):
        yield text("Leave out {option}.", option=option(remedy))
    elif is_another:
        yield text("Or use {option}.", option=option(remedy))
    else:
        yield text("Use {option}.", option=option(remedy))
    if isinstance(remedy, ChoosePreTokenizer | ChooseTensorType) and len(remedy.names) > 1:
        yield _names(remedy)


def _names(remedy: ChoosePreTokenizer | ChooseTensorType) -> Text:
    if isinstance(remedy, ChoosePreTokenizer):
        return text("NAME is one of {names}.", names=", ".join(remedy.names))
    return text("TYPE is one of {names}.", names=", ".join(remedy.names).lower())
