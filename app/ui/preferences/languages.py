"""The languages that can be chosen, each called as those call it who speak it."""

from PySide6.QtCore import QLocale

from app.core.language import Language, find_language, language_codes
from app.core.text import text
from app.ui.say import window_language

NAMES = {"en": "English", "zh_CN": "简体中文"}


def languages() -> dict[str, str]:
    """Codes and names; "" is the system's."""
    own = {code: NAMES.get(code) or QLocale(code).nativeLanguageName() for code in language_codes()}
    return {"": text("Same as the system"), **own}


def language_of(code: str) -> Language:
    """The language of this code; for "" and for one that there is no longer, that of the system."""
    return find_language([code]) if code in language_codes() else window_language()
