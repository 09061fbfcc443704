"""An adapter's own file in plain words, before it is written."""

from collections.abc import Sequence

from app.core.describe.adapter_words import listed
from app.core.describe.fine_tuned import ranks_in_words
from app.core.display_name import display_name
from app.core.model.adapted import Applied
from app.core.plan.adapter import AdapterPlan
from app.core.plan.adapter.graphs import LAYER
from app.core.text import Text, counted, joined, text


def adapters_in_words(adapters: Sequence[Applied]) -> str:
    """Their names, and how strong they are where that is another than the trained strength: it goes into the file."""
    return joined(" + ", map(_in_words, adapters))


def _in_words(one: Applied) -> str:
    name = display_name(one.adapter.folder)
    return name if one.strength == 1 else text("{adapter} × {strength:.4g}", adapter=name, strength=one.strength)


def adapter_file_rows(plan: AdapterPlan) -> list[tuple[str, str]]:
    """Titles and texts of what is in the file."""
    return [(text("Changes"), _changes(plan)), (text("Contents"), _matrices(plan))]


def _changes(plan: AdapterPlan) -> Text:
    if not plan.pairs:
        return text("none that can be written as LoRA")
    names = dict.fromkeys(LAYER.sub("", pair.name).removesuffix(".weight") for pair in plan.pairs)
    return counted("{count:,} tensor: {names}", "{count:,} tensors: {names}", len(plan.pairs), names=listed(names))


def _matrices(plan: AdapterPlan) -> Text:
    ranks = sorted({pair.rank for pair in plan.pairs})
    pairs = counted("{count:,} pair of matrices", "{count:,} pairs of matrices", len(plan.pairs))
    return text("{pairs}, {rank}", pairs=pairs, rank=ranks_in_words(ranks)) if ranks else pairs
