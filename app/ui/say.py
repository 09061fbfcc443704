"""Says texts in the language of the window: the same Texts and catalogues as those of the command line."""

import os
from collections.abc import Sequence

from PySide6.QtCore import QLocale

from app.core.language import Language, english, find_language, language_codes

ENVIRONMENT = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")  # as gettext reads it

_spoken = english()


def say(said: str) -> str:
    """A text as the window shows it. What Qt is given goes through here, whether it is a Text or a name."""
    return _spoken(said)


def spoken() -> Language:
    """The language of the window."""
    return _spoken


def speak(language: Language) -> None:
    """From now on; what is shown already stays as it is."""
    global _spoken
    _spoken = language


def window_language(of_system: Sequence[str] | None = None) -> Language:
    """That of the command line; where the environment names none, as under Finder, the system's.

    `of_system`: the languages that a person reads, the best first, in Qt's form: zh-Hans-CN, zh-CN, zh-Hans, zh.
    """
    if any(map(os.environ.get, ENVIRONMENT)):
        return find_language()
    tags = QLocale.system().uiLanguages() if of_system is None else of_system
    for number, tag in enumerate(tags):
        if any(before.startswith(f"{tag}-") for before in tags[:number]):
            continue  # the beginning of another: of zh-Hant it would be zh, which is read as simplified
        for code in language_codes():
            if _written(code) == _written(tag):
                return find_language([code])
    return english()


def _written(code: str) -> tuple[QLocale.Language, QLocale.Script]:
    """A region makes no difference: whoever reads zh-Hans-SG reads zh_CN."""
    locale = QLocale(code)
    return locale.language(), locale.script()
