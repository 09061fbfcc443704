"""Bytes, durations and shapes in words."""

UNITS = ("bytes", "KB", "MB", "GB", "TB")  # powers of 1000, as Finder counts


def bytes_in_words(count: float) -> str:
    """1234567 → '1.23 MB'."""
    unit = 0
    while count >= 999.5 and unit < len(UNITS) - 1:
        count /= 1000
        unit += 1
    digits = 0 if unit == 0 or count >= 99.95 else 1 if count >= 9.995 else 2
    return f"{count:.{digits}f} {UNITS[unit]}"


def count_in_words(count: int) -> str:
    """1234567890 → '1.23 billion', 12345 → '12,345'."""
    if count < 10**6:
        return f"{count:,}"
    size, word = (10**9, "billion") if count >= 999_950_000 else (10**6, "million")
    return f"{count / size:.{2 if count < 9.995 * size else 1}f} {word}"


def duration_in_words(seconds: float) -> str:
    """0.2 → 'under 1 s', 3.24 → '3.2 s', 75 → '1:15'."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def shape_in_words(shape: tuple[int, ...]) -> str:
    """(262144, 640) → '262144 × 640'."""
    return " × ".join(map(str, shape)) or "one value"
