"""The model card: the YAML at the head of README.md, where the base model and the licence are named."""

from pathlib import Path
from typing import Any

import yaml

from app.core.checkpoint.json_files import UnreadableJsonError, read_bytes

LIMIT_BYTES = 1 << 20
HEAD_LIMIT = 1 << 16  # characters of YAML; PyYAML takes seconds for a megabyte
FENCE = "---"


class _Loader(yaml.SafeLoader):
    """Without aliases: a few lines of them stand for more text than a memory holds, once it is written out."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def read_model_card(folder: Path) -> dict[str, Any]:
    """The card's data; empty when there is none or it cannot be read, for nothing depends on it."""
    head = _head(read_readme(folder))
    try:
        card = yaml.load(head, _Loader) if len(head) <= HEAD_LIMIT else None
    except (RecursionError, yaml.YAMLError):
        return {}
    except (AttributeError, LookupError, TypeError, ValueError):  # from yaml, for `!!bool maybe` and the like
        return {}
    return card if isinstance(card, dict) else {}


def read_readme(folder: Path) -> str:
    """The whole of README.md; empty when there is none or it cannot be read."""
    try:
        return read_bytes(folder / "README.md", LIMIT_BYTES).decode("utf-8")
    except (OSError, UnreadableJsonError, ValueError):
        return ""


def _head(text: str) -> str:
    """As gguf-py metadata.py, load_model_card: up to the next fence, tabs as spaces, and Norway is no `false`."""
    lines = text.splitlines()
    if not lines or lines[0] != FENCE:
        return ""
    end = lines.index(FENCE, 1) if FENCE in lines[1:] else len(lines)
    return ("\n".join(lines[1:end]) + "\n").replace("- no\n", '- "no"\n').replace("\t", "  ")
