"""What mlx-lm's sanitize() has done to the tensors of a part when it saves them."""

from dataclasses import replace

from app.core.architectures.architecture import Part
from app.core.architectures.ops import NOTHING


def saved_changed(part: Part) -> Part:
    """All changes are done; in a published folder they are not."""
    return replace(part, tensors=tuple(replace(rule, remaining=NOTHING) for rule in part.tensors))


def saved_at(part: Part, published: str, saved: str) -> Part:
    """The names begin with `saved` instead of `published`."""
    return replace(
        part, tensors=tuple(replace(rule, saved=rule.name.replace(published, saved, 1)) for rule in part.tensors)
    )


def saved_as(part: Part, names: Part) -> Part:
    """The names are those that another part publishes, tensor by tensor."""
    pairs = zip(part.tensors, names.tensors, strict=True)
    return replace(part, tensors=tuple(replace(rule, saved=other.name) for rule, other in pairs))
