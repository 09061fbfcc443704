"""How much of a fine-tune arrived in a file, in words: of its adapter's change as a whole, and of the worst tensor."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import add

from app.core.encode.kept import Kept
from app.core.findings import Finding, warning
from app.core.text import Text, text

ENOUGH = 0.9  # of the change; below that answers begin to be the base's again


def together(kept: Iterable[Kept]) -> Kept:
    """Of all tensors, which count by the size of their change."""
    return reduce(add, kept, Kept(0.0, 0.0, 0.0))


def kept_in_words(kept: Mapping[str, Kept]) -> Text:
    """One line for a file that has an adapter's change in it."""
    total = together(kept.values())
    return text(
        "Fine-tune kept: {share:.1%} of the change in {count:,} tensors; rounding adds noise of {noise:.1%} of it.",
        share=total.share,
        count=len(kept),
        noise=total.noise_share,
    )


def kept_in_short(kept: Mapping[str, Kept]) -> Text:
    """The same where there is little room; too little is said to be so."""
    total = together(kept.values())
    if total.share < ENOUGH:
        return text("Only {share:.1%} of the fine-tune was kept: see the notes", share=total.share)
    return text("Fine-tune kept: {share:.1%}, with {noise:.1%} noise", share=total.share, noise=total.noise_share)


def kept_findings(kept: Mapping[str, Kept]) -> tuple[Finding, ...]:
    """A warning where too little arrived."""
    if not kept or together(kept.values()).share >= ENOUGH:
        return ()
    worst = min(kept, key=lambda name: kept[name].share)
    return (
        warning(
            "fine-tune-lost",
            text(
                "Only {share:.1%} of the adapter's change is in the file; of {tensor} {worst:.1%}.",
                share=together(kept.values()).share,
                tensor=worst,
                worst=kept[worst].share,
            ),
            text("The type's steps are larger than what was trained: the model will answer much like its base."),
            text("Choose a type with more bits: q8_0 or f16."),
            worst,
        ),
    )
