"""In which form a folder has each expected tensor: of all forms the one whose names are there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.architectures import Form, Layout
from app.core.checkpoint import ModelTensor
from app.core.model.expected_tensors import ExpectedForm, ExpectedTensor
from app.core.model.pieces import Tensors, in_turn, shares

ByName = Mapping[str, ModelTensor]  # the folder's tensors by canonical name


@dataclass(frozen=True)
class Sources:
    """What a folder holds of an expected tensor.

    `named` are the folder's tensors, `tensors` what is read, one after the other: the same, or what stacks are cut
    into; as many as `form.pieces` says only where the folder's shapes are right. `is_usual` is false where the folder's
    layout has other names for it.
    """

    form: ExpectedForm
    named: Tensors
    tensors: Tensors
    is_usual: bool = True


def found_sources(
    by_name: ByName, wanted: Iterable[ExpectedTensor], order: Layout, as_published: bool
) -> dict[str, Sources]:
    """By the key of the expected tensor. In the `order` of a layout where a folder has several forms of one.

    What has other names as published is taken so only if that can be read (`as_published`).
    """
    found = {}
    for one in wanted:
        usual = one.rule.forms[order][0]
        for form in one.forms(order):
            if as_published or form.form is not one.rule.published:
                names = form.names
                named = tuple(by_name[name] for name in names if name in by_name)
                if named and len(named) == len(names):
                    found[one.key] = Sources(form, named, _pieces(form.form, named), form.form is usual)
                    break
    return found


def _pieces(form: Form, named: Tensors) -> Tensors:
    if len(form.names) > 1:
        return in_turn(named) or named
    if form.share:
        return shares(named[0], *form.share) or named
    return named


def closest_forms(
    by_name: ByName, absent: Iterable[ExpectedTensor], found: Mapping[str, Sources], order: Layout
) -> tuple[ExpectedForm, ...]:
    """For each tensor that is not there the form that the folder is closest to.

    That is the one of which most is there; else the one that the tensor has in another layer; else by `order`.
    """
    usual = {sources.form.form for sources in found.values()}

    def closeness(form: ExpectedForm) -> tuple[int, bool]:
        return sum(name in by_name for name in form.names), form.form in usual

    return tuple(max(one.forms(order), key=closeness) for one in absent)
