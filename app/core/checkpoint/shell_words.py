"""Words for a command line that a person may copy out of a finding."""

import shlex

LONGEST = 150  # characters; longer ones are shown without their middle (core/text.py), and quotes would not match


def shell_word(value: object, otherwise: str) -> str:
    """A name or path, quoted for a shell; `otherwise` where it is none, or cannot be shown as it is.

    A name out of a folder could be an option, or end where its end is not seen.
    """
    if not isinstance(value, str) or not value or value.startswith("-") or not value.isprintable():
        return otherwise
    quoted = shlex.quote(value)
    return quoted if len(quoted) <= LONGEST else otherwise
