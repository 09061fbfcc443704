"""The model card: the YAML at the head of README.md, where the base model and the licence are named."""

from pathlib import Path
from typing import Any

import gguf
import yaml

LIMIT_BYTES = 1 << 20


def read_model_card(folder: Path) -> dict[str, Any]:
    """The card's data; empty when there is none or it cannot be read, for nothing depends on it."""
    try:
        path = folder / "README.md"
        if not path.is_file() or path.stat().st_size > LIMIT_BYTES:
            return {}
        return gguf.Metadata.load_model_card(folder)
    except (OSError, RecursionError, yaml.YAMLError):
        return {}
    except (AttributeError, LookupError, TypeError, ValueError):  # from yaml, for `!!bool maybe` and the like
        return {}
