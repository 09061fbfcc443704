"""Choices made by hand, as the core gives them for a 4-bit folder, an 8-bit one and one in BF16."""

from app.core.describe.format_choice import FormatChoice, Role
from app.core.describe.format_quality import WORDS, Quality
from app.core.describe.memory_need import MemoryNeed
from app.core.ggml_types import OUTPUTS, OutputType
from app.core.text import text

O, Q, MB, GB = OutputType, Quality, 10**6, 1 << 30  # noqa: E741


def choice(kind, size, quality, types=(), role=None, reason="", machine=16 * GB):
    name = OUTPUTS[kind].title
    words = text("Close, as usual for {format}", format=name) if quality is Q.CLOSE else WORDS.get(quality)
    words = words or text("Noticeable loss, as usual for {format}", format=name)
    need = MemoryNeed(size, 400 * MB, 300 * MB, machine)
    return FormatChoice(kind, size, quality, words, need, tuple(types), role, reason)


WHY = text("Every value stays as it is in the folder.")
UNPACKED = (
    choice(O.AUTO, 2480 * MB, Q.SAME, ("BF16",), Role.BEST_MATCH, WHY),
    choice(O.LOSSLESS, 2480 * MB, Q.SAME, ("BF16",)),
    choice(O.F32, 4960 * MB, Q.NO_BETTER, ("F32",)),
    choice(O.F16, 2480 * MB, Q.NEARLY_SAME, ("F16",)),
    choice(O.BF16, 2480 * MB, Q.SAME, ("BF16",)),
    choice(
        O.Q8_0,
        1320 * MB,
        Q.NEARLY_SAME,
        ("Q8_0",),
        Role.NEARLY_PERFECT,
        text("About half the size, with hardly any loss."),
    ),
    choice(O.Q6_K, 1020 * MB, Q.CLOSE, ("Q6_K",)),
    choice(O.Q5_K_M, 912 * MB, Q.CLOSE, ("Q5_K", "Q6_K")),
    choice(
        O.Q4_K_M,
        808 * MB,
        Q.CLOSE,
        ("Q4_K", "Q6_K"),
        Role.COMPACT,
        text("The usual balance of size and quality."),
    ),
    choice(O.Q3_K_M, 691 * MB, Q.LOSSY, ("Q3_K", "Q4_K")),
    choice(O.Q2_K, 581 * MB, Q.LOSSY, ("Q2_K", "Q3_K")),
)
PACKED = (
    choice(O.AUTO, 174 * MB, Q.SAME, ("Q4_1", "F16"), Role.BEST_MATCH, WHY),
    choice(O.F16, 540 * MB, Q.NO_BETTER, ("F16",)),
    choice(O.Q8_0, 292 * MB, Q.WORSE, ("Q8_0",)),
    choice(O.Q4_K_M, 254 * MB, Q.WORSE, ("Q5_0", "Q8_0")),
    choice(O.Q2_K, 150 * MB, Q.TWICE, ("Q3_K",)),
)
LARGE = tuple(
    choice(one.output_type, one.byte_count * 30, one.quality, one.types, one.role, one.reason, machine=32 * GB)
    for one in UNPACKED
)
