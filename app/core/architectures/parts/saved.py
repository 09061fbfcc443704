"""What mlx-lm's sanitize() has done to the tensors of a part when it saves them."""

from dataclasses import replace

from app.core.architectures.architecture import Form, Part
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


def also_at(part: Part, published: str, other: str) -> Part:
    """Some folders have names that begin with `other` instead of `published`, which mlx-lm reads as well."""
    return replace(
        part,
        tensors=tuple(
            replace(rule, also=(*rule.also, Form((rule.name.replace(published, other, 1),), rule.shape, rule.change)))
            for rule in part.tensors
        ),
    )


def also_in_one(part: Part, *matrices: str) -> Part:
    """Some folders have these `matrices` in one, their rows below each other: gate_proj and up_proj in gate_up_proj."""
    together = "_".join(name.removesuffix("_proj") for name in matrices) + "_proj"
    found = ((next((name for name in matrices if f".{name}." in rule.name), ""), rule) for rule in part.tensors)
    return replace(
        part,
        tensors=tuple(
            rule
            if not name
            else replace(
                rule,
                also=(
                    *rule.also,
                    Form((rule.name.replace(name, together),), rule.shape, share=(matrices.index(name), len(matrices))),
                ),
            )
            for name, rule in found
        ),
    )
