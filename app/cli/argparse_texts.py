"""What argparse says of its own accord, for the catalogues; it looks its sentences up by gettext's usual functions.

Written as in Python 3.11 to 3.13 (Lib/argparse.py). What another version says differently stays English.
"""

import gettext

from app.core.language import DOMAIN, Language, english
from app.core.resources import resource_path
from app.core.text import counted, text

NO_DOMAIN = "messages"  # gettext's own, for which there is no catalogue

TEXTS = (
    text("usage: "),
    text("options"),
    text("positional arguments"),
    text("show this help message and exit"),
    text("show program's version number and exit"),
    text("argument %(argument_name)s: %(message)s"),
    text("the following arguments are required: %s"),
    text("unrecognized arguments: %s"),
    text("ambiguous option: %(option)s could match %(matches)s"),
    text("invalid choice: %(value)r (choose from %(choices)s)"),
    text("expected one argument"),
    text("expected at most one argument"),
    text("expected at least one argument"),
    text("ignored explicit argument %r"),
    counted("expected %s argument", "expected %s arguments", 1),
)


def let_argparse_say(language: Language) -> None:
    """From now on it speaks this language, which gettext finds as `find_language` does."""
    gettext.bindtextdomain(DOMAIN, str(resource_path("locale")))
    gettext.textdomain(NO_DOMAIN if language.code == english().code else DOMAIN)
