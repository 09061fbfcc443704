"""What to call a model by its folder."""

from pathlib import Path


def display_name(folder: Path) -> str:
    """The model's name: the folder's, or for a Hugging Face cache snapshot the repository's."""
    # huggingface_hub keeps models--ORG--NAME/snapshots/COMMIT/
    repository = folder.parent.parent.name
    if folder.parent.name == "snapshots" and repository.startswith("models--"):
        return repository.split("--")[-1]
    name = folder.resolve().name or "model"
    return name.encode("utf-8", "replace").decode("utf-8")  # a name need not be text on Linux; a GGUF key must be
