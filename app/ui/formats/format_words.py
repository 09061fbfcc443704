"""What is said of a format wherever it is shown."""

from app.core.describe.format_choice import FormatChoice
from app.core.describe.format_quality import Quality
from app.core.describe.memory_need import Fit
from app.core.human_text import bytes_in_words
from app.core.text import NOTHING, Text, joined, text
from app.ui.proof.tones import Tone
from app.ui.say import say

TONES = {
    Quality.SAME: Tone.GOOD,
    Quality.NEARLY_SAME: Tone.GOOD,
    Quality.CLOSE: Tone.FAIR,
    Quality.LOSSY: Tone.POOR,
    Quality.TWICE: Tone.POOR,
    Quality.NO_BETTER: Tone.PLAIN,
    Quality.WORSE: Tone.POOR,
    Quality.IMPOSSIBLE: Tone.BAD,
    Quality.UNKNOWN: Tone.PLAIN,
}
FIT_TONES = {Fit.EASY: Tone.PLAIN, Fit.TIGHT: Tone.POOR, Fit.TOO_LARGE: Tone.BAD}


def size_of(choice: FormatChoice) -> Text:
    """Of the file, nothing while nothing can be written."""
    return bytes_in_words(choice.byte_count) if choice.byte_count else NOTHING


def name_of(choice: FormatChoice) -> str:
    """Title and what is behind it: 'Compact (Q4_K_M)'."""
    if not choice.detail:
        return choice.title
    return text("{title} ({detail})", title=choice.title, detail=choice.detail)


def spoken_name(choice: FormatChoice) -> str:
    """Everything that a card shows, for those who hear it."""
    return say(joined(". ", (name_of(choice), size_of(choice), choice.quality_words, choice.memory.in_words)))
