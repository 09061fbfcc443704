"""What a family calls the tensors of a folder, whatever holds them there."""

from app.core.architectures import Architecture
from app.core.checkpoint.wrappers import unwrapped


def canonical_name(family: Architecture, saved: str) -> str:
    """The name of the text model's tensor for the name in the folder.

    Without a wrapper, which may have taken the name of the model itself with it (`model.`, `backbone.`), as has who
    saved a base model alone: then that is put back.
    """
    name = unwrapped(saved)
    first, _, rest = name.partition(".")
    if first not in family.beginnings and f"{first}.{rest.partition('.')[0]}" not in family.beginnings:
        name = family.holders.get(first, "") + name
    for beginning, replacement in family.prefixes:
        if name.startswith(beginning):
            return replacement + name.removeprefix(beginning)
    return name
