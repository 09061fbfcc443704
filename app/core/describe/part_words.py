"""How a file is divided, in words."""

from app.core.human_text import bytes_in_words
from app.core.plan.conversion_plan import ConversionPlan
from app.core.plan.split import planned_files
from app.core.text import Text, counted, joined, text

LISTED = 8  # sizes; of more parts these are the first


def part_rows(plan: ConversionPlan) -> list[tuple[Text, Text]]:
    """One title and text, with the size of each part; none for a file that is not divided."""
    sizes = [bytes_in_words(file.byte_count) for file in planned_files(plan)]
    if len(sizes) == 1:
        return []
    shown = joined(", ", (*sizes[:LISTED], *("…" for _ in sizes[LISTED : LISTED + 1])))
    parts = counted("{count:,} file", "{count:,} files", len(sizes))
    return [(text("Divided into"), text("{parts}: {sizes}", parts=parts, sizes=shown))]
