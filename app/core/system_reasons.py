"""Why the system refuses a file, as a text that can be translated: in C's locale it says so in English."""

from app.core.text import Text, text

USUAL = (  # as Linux and macOS say it
    text("File exists"),
    text("File name too long"),
    text("File too large"),
    text("Input/output error"),
    text("Is a directory"),
    text("No space left on device"),
    text("No such file or directory"),
    text("Not a directory"),
    text("Operation not permitted"),
    text("Permission denied"),
    text("Read-only file system"),
    text("Too many levels of symbolic links"),
)
BY_WORDS: dict[str, Text] = {str(one): one for one in USUAL}


def system_reason(error: OSError) -> str:
    """The reason alone, without number and path: a Text where it is a usual one."""
    said = error.strerror or str(error)
    return said if isinstance(said, Text) else BY_WORDS.get(said, said)
