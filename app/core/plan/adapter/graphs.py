"""What llama.cpp multiplies without looking for an adapter: resources/without_adapters.json, from its sources."""

import json
import re
from collections.abc import Mapping
from functools import cache

from app.core.resources import resource_path

ALL_GRAPHS = "*"
LAYER = re.compile(r"^blk\.\d+\.")


def takes_adapters(graph: str, tensor: str) -> bool:
    """Whether llama.cpp adds to this tensor of the file what an adapter has for it."""
    name = LAYER.sub("", tensor)
    return not any(name in without_adapters().get(key, ()) for key in (graph, ALL_GRAPHS))


@cache
def without_adapters() -> Mapping[str, frozenset[str]]:
    """Names of tensors, without their layer, by graph."""
    found = json.loads(resource_path("without_adapters.json").read_text(encoding="utf-8"))
    return {graph: frozenset(names) for graph, names in found.items()}
