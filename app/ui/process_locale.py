"""The process's locale, which is Python's and C's as well: Qt would make all of it the environment's."""

import locale
from collections.abc import Iterator
from contextlib import contextmanager

# All but LC_CTYPE, by which Qt names files. Messages of the system are not the window's language, nor those that
# app.core.exhaustion knows; and C would read and write numbers with the environment's decimal point.
KEPT = (locale.LC_COLLATE, locale.LC_MESSAGES, locale.LC_MONETARY, locale.LC_NUMERIC, locale.LC_TIME)


@contextmanager
def kept_locale() -> Iterator[None]:
    """While Qt's application is made, which calls setlocale(LC_ALL, ""): afterwards these are as they were."""
    before = {category: locale.setlocale(category) for category in KEPT}
    yield
    for category, name in before.items():
        locale.setlocale(category, name)
