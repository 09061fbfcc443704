"""Write docs/supported-models.md, resources/families.json and docs/unsupported-models.md from the families."""

import json
from pathlib import Path

from app.core.architectures.families import INDEX, families_by_file
from app.core.architectures.supported import TITLES, supported_models
from app.core.architectures.unsupported import UNSUPPORTED

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
TEXT = """\
# Supported models

Made by `python packaging/make_supported_models.py` from the families in `app/core/architectures/families/`;
`mlx-ferry architectures` prints the same table. A model type is `model_type` in config.json.

- **llama.cpp's head**: whether its graph reads an output matrix of its own (`output.weight`): never, optional, or
  required.
- **mlx-lm's head**: by what mlx-lm decides whether `lm_head` is used: its presence in the folder, config.json
  (`tie_word_embeddings`), or never.
- **Published layout**: whether a folder that mlx-lm did not save (Hugging Face layout) converts too. Where it does not,
  llama.cpp's own converter serves.

"""


UNSUPPORTED_TEXT = """\
# Unsupported models

Made by `python packaging/make_supported_models.py` from `app/core/architectures/unsupported.py`: every model type that
mlx-lm saves and MLX Ferry does not convert, with the reason. Such a folder is refused by name. All others are in
[supported models](supported-models.md).

"""
UNSUPPORTED_TITLES = ("Model type", "Why not")


def table() -> str:
    """In Markdown."""
    return TEXT + _rows([TITLES, ("---",) * len(TITLES), *supported_models()])


def unsupported_table() -> str:
    """In Markdown."""
    reasons = sorted(UNSUPPORTED.items(), key=lambda reason: reason[0].casefold())
    return UNSUPPORTED_TEXT + _rows([UNSUPPORTED_TITLES, ("---",) * len(UNSUPPORTED_TITLES), *reasons])


def index() -> str:
    """The files to look into for a model type, in the order of all families."""
    found: dict[str, list[str]] = {}
    for file, families in families_by_file().items():
        for model_type in {model_type: None for family in families for model_type in family.model_types}:
            found.setdefault(model_type, []).append(file)
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def _rows(lines: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    (DOCS / "supported-models.md").write_text(table(), encoding="utf-8")
    (DOCS / "unsupported-models.md").write_text(unsupported_table(), encoding="utf-8")
    (ROOT / "resources" / INDEX).write_text(index(), encoding="utf-8")
