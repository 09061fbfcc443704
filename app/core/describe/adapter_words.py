"""An adapter in plain words, and as JSON."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from app.core.adapter import Adapter
from app.core.describe.fine_tuned import ranks_in_words
from app.core.human_text import count_in_words
from app.core.model.adapted import Applied
from app.core.plan.conversion_plan import ConversionPlan
from app.core.text import NOTHING, Text, counted, joined, text

LAYER = re.compile(r"(?:^|\.)(\d+)\.")  # the first number in a path is that of the layer; experts come after it
BLOCK = re.compile(r"blk\.(\d+)\.")
LISTED = 8  # names of modules


@dataclass(frozen=True)
class Trained:
    """What of a model an adapter was trained for. `modules` are in layers, `outside` are not: embedding and head."""

    ranks: tuple[int, ...]
    scales: tuple[float, ...]
    layers: tuple[int, ...]
    modules: tuple[str, ...]
    outside: tuple[str, ...]
    parameter_count: int


def trained_by(adapter: Adapter) -> Trained:
    """From names and shapes alone."""
    paths = [*(one.module for one in adapter.modules), *(one.name.rpartition(".")[0] for one in adapter.whole)]
    layers = {path: int(found[1]) for path in paths if (found := LAYER.search(path))}
    stored = [part for one in adapter.modules for part in (one.a, one.b, one.magnitude) if part is not None]
    return Trained(
        ranks=tuple(sorted({one.rank for one in adapter.modules})),
        scales=tuple(sorted({one.scale for one in adapter.modules})),
        layers=tuple(sorted(set(layers.values()))),
        modules=_last_names(path for path in paths if path in layers),
        outside=_last_names(path for path in paths if path not in layers),
        parameter_count=sum(prod(part.shape) for part in (*stored, *adapter.whole)),
    )


def adapter_rows(applied: Applied, plan: ConversionPlan) -> list[tuple[str, str]]:
    """Titles and texts, all but by how much the adapter counts."""
    adapter = applied.adapter
    trained = trained_by(adapter)
    return [
        (text("Method"), _method(adapter, trained)),
        (text("Changes"), _places(trained, _layer_count(plan))),
        (text("Parameters"), text("{count} trained", count=count_in_words(trained.parameter_count))),
        (text("Trained on"), adapter.base or text("not named")),
    ]


def adapter_data(applied: Applied) -> dict[str, Any]:
    """The same in types that JSON knows."""
    adapter = applied.adapter
    trained = trained_by(adapter)
    return {
        "path": str(adapter.file.path),
        "method": adapter.method,
        "ranks": list(trained.ranks),
        "scales": list(trained.scales),
        "strength": applied.strength,
        "module_count": len(adapter.modules) + len(adapter.whole),
        "layers": list(trained.layers),
        "modules": [*trained.modules, *trained.outside],
        "parameter_count": trained.parameter_count,
        "base": adapter.base,
    }


def _method(adapter: Adapter, trained: Trained) -> str:
    if not adapter.modules:
        return text("full: whole tensors were trained")
    whole = len(adapter.whole)
    return joined(
        ", ",
        (
            adapter.method,
            ranks_in_words(trained.ranks),
            _scales(trained.scales),
            counted("and {count:,} whole tensor", "and {count:,} whole tensors", whole) if whole else "",
        ),
    )


def _last_names(paths: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of the alphabet."""
    return tuple(sorted({path.rpartition(".")[2] for path in paths}))


def _scales(scales: Sequence[float]) -> Text:
    if len(scales) == 1:
        return text("scale {scale:.4g}", scale=scales[0])
    return text("scales {first:.4g} to {last:.4g}", first=scales[0], last=scales[-1])


def _places(trained: Trained, total: int) -> str:
    """'16 of 28 layers: q_proj, v_proj; lm_head'."""
    layers = len(trained.layers)
    inside: str = NOTHING
    if layers:
        said = (
            text("{count} of {total} layers", count=layers, total=total)
            if layers < total
            else counted("the only layer", "all {count} layers", layers)
            if layers == total
            else counted("{count} layer", "{count} layers", layers)
        )
        inside = text("{layers}: {names}", layers=said, names=listed(trained.modules))
    return joined("; ", (inside, listed(trained.outside)))


def listed(names: Iterable[str]) -> str:
    """The first of them."""
    names = tuple(names)
    return ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")


def _layer_count(plan: ConversionPlan) -> int:
    """Of the file; 0 where nothing could be planned."""
    return len({found[1] for tensor in plan.tensors if (found := BLOCK.match(tensor.name))})
