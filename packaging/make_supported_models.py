"""Write docs/supported-models.md from the registry of families."""

from pathlib import Path

from app.core.architectures.supported import TITLES, supported_models

TARGET = Path(__file__).parents[1] / "docs" / "supported-models.md"
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


def table() -> str:
    """In Markdown."""
    lines = [TITLES, ("---",) * len(TITLES), *supported_models()]
    return TEXT + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
