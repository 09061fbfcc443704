"""Bytes, durations and shapes in words."""

from functools import lru_cache

from app.core.text import Text, counted, text

UNITS = (text("KB"), text("MB"), text("GB"), text("TB"))  # powers of 1000, as Finder counts
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@lru_cache(maxsize=4096)  # asked for each row of a table, and tensors have few sizes
def bytes_in_words(count: float) -> Text:
    """1234567 → '1.23 MB'."""
    if count < 999.5:
        return counted("{count} byte", "{count} bytes", round(count))
    unit = 0
    count /= 1000
    while count >= 999.5 and unit < len(UNITS) - 1:
        count /= 1000
        unit += 1
    digits = 0 if count >= 99.95 else 1 if count >= 9.995 else 2
    return text("{amount} {unit}", amount=f"{count:.{digits}f}", unit=UNITS[unit])


def count_in_words(count: int) -> Text:
    """1234567890 → '1.23 billion', 12345 → '12,345'."""
    if count < 10**6:
        return text("{count:,}", count=count)
    if count < 999_950_000:
        return text("{amount} million", amount=_three_digits(count / 10**6))
    return text("{amount} billion", amount=_three_digits(count / 10**9))


def _three_digits(amount: float) -> str:
    return f"{amount:.{2 if amount < 9.995 else 1}f}"


def duration_in_words(seconds: float) -> Text:
    """0.2 → 'under 1 s', 3.24 → '3.2 s', 75 → '1:15'."""
    if seconds < 1:
        return text("under 1 s")
    if seconds < 59.95:
        return text("{seconds:.1f} s", seconds=seconds)
    minutes, rest = divmod(round(seconds), 60)
    return text("{minutes}:{seconds:02d}", minutes=minutes, seconds=rest)


def power_in_words(base: int, power: int) -> str:
    """(10, -3) → '10⁻³'."""
    return f"{base}{str(power).translate(SUPERSCRIPTS)}"


def shape_in_words(shape: tuple[int, ...]) -> str:
    """(262144, 640) → '262144 × 640'."""
    return " × ".join(map(str, shape)) or text("one value")
