"""What is said of a head: what was found, what becomes of it, and what can be chosen."""

from app.core.architectures import Architecture, MlxHead
from app.core.human_text import bytes_in_words
from app.core.model.facts import HeadComparison
from app.core.plan.head.lm_head import HeadAction, LmHeadVerdict
from app.core.plan.options import HeadChoice
from app.core.remedies import ChooseHead
from app.core.text import NOTHING, Text, text

Advice = tuple[Text, tuple[ChooseHead, ...]]  # in words and as data

SLIGHT = 0.9999  # cosine of two matrices: above that they are the same but for little
SHARE, KEEP, LET_THE_VERDICT_DECIDE = map(ChooseHead, (HeadChoice.SHARE, HeadChoice.KEEP, HeadChoice.AUTO))
CHOOSE_SHARING = text("You can choose to share the embedding instead."), (SHARE,)
CHOOSE_KEEPING = text("You can choose to keep it as a separate matrix instead."), (KEEP,)
CHOOSE_THE_VERDICT = text("You can let MLX Ferry decide instead."), (LET_THE_VERDICT_DECIDE,)
NO_CHOICE: Advice = NOTHING, ()


def which_copy_is_written(family: Architecture, verdict: LmHeadVerdict) -> Text:
    """Of one matrix that was quantized twice."""
    if verdict.action is HeadAction.WRITE_HEAD:
        return text("Both copies are written, because MLX computes with both.")
    if verdict.action is HeadAction.SHARE_HEAD:
        return text("{family} files hold one matrix; the finer copy, lm_head, is written.", family=family.name)
    return text("One matrix is written, the embedding; llama.cpp uses it for both.")


def what_becomes_of_a_copy(verdict: LmHeadVerdict) -> Text:
    """Of a head that is the embedding."""
    if verdict.action is HeadAction.WRITE_HEAD:
        return text("The output layer of this model is its embedding. The copy is written anyway.")
    saved = verdict.added(HeadChoice.KEEP)
    if not saved:
        return text("The output layer of this model is its embedding. The copy is left out.")
    return text(
        "The output layer of this model is its embedding. The copy is left out, which saves {size}.",
        size=bytes_in_words(saved),
    )


def is_disputed(family: Architecture, verdict: LmHeadVerdict) -> bool:
    """config.json is silent, and mlx-lm and transformers take it differently."""
    return verdict.config_is_silent and family.head.unties_as_published


def when_tied(family: Architecture, verdict: LmHeadVerdict) -> tuple[Text, Text, Advice]:
    """What was found, what it means, what to do."""
    if is_disputed(family, verdict):
        return (
            text("There is no lm_head, and config.json does not say whether the output is tied to the embedding."),
            text(
                "mlx-lm takes the embedding for the output, and the file has it so. transformers takes a head of its "
                "own: if the model was published with one, mlx-lm left it out when it saved this folder."
            ),
            (
                text(
                    "If so, set tie_word_embeddings to false in the published config.json and save the model with "
                    "mlx-lm again."
                ),
                (),
            ),
        )
    return (
        text("There is no separate lm_head: the output layer is shared."),
        text("The output layer of this model is its embedding. Nothing is missing."),
        NO_CHOICE,
    )


def when_missing(family: Architecture, verdict: LmHeadVerdict) -> tuple[Text, Text]:
    """What was found, and what it means."""
    if not verdict.config_is_silent:
        return (
            text("config.json says that the output is not tied to the embedding, but the folder has no lm_head."),
            text("The head was lost, or config.json is wrong."),
        )
    return (
        text("The folder has no lm_head, and config.json does not say that the output is tied to the embedding."),
        text("The published model has a head then: it was lost, or config.json lacks tie_word_embeddings.")
        if family.head.unties_as_published
        else text("mlx-lm takes a head of its own then, and does not load the folder without it."),
    )


def what_becomes_of_a_trained_head(family: Architecture, verdict: LmHeadVerdict) -> Text:
    """Of one that differs from the embedding, and counts."""
    is_written = verdict.action is HeadAction.WRITE_HEAD
    if is_disputed(family, verdict):
        if is_written:
            return text(
                "config.json does not say whether the output is tied. transformers takes this head then, so it is "
                "written as output.weight; mlx-lm would ignore it."
            )
        return text(
            "config.json does not say whether the output is tied. transformers takes this head then, mlx-lm the "
            "embedding. The head is not written; the embedding is used for the output."
        )
    if not is_written:
        return text("MLX uses this head. It is not written; the embedding is used for the output.")
    added = verdict.added(HeadChoice.KEEP)
    if not added:
        return text("MLX uses this head, so it is kept.")
    return text("MLX uses this head, so it is kept. That adds {size} to the file.", size=bytes_in_words(added))


def what_becomes_of_an_ignored_head(family: Architecture, verdict: LmHeadVerdict) -> Text:
    """Of one that mlx-lm does not compute with."""
    is_written = verdict.action is HeadAction.WRITE_HEAD
    if family.head.mlx is MlxHead.NEVER:
        if is_written:
            return text(
                "mlx-lm computes the output of {family} with the embedding, whatever config.json says. The head is "
                "written as output.weight. Another trainer may have intended otherwise.",
                family=family.name,
            )
        return text(
            "mlx-lm computes the output of {family} with the embedding, whatever config.json says. The head is not "
            "written; the embedding is used for the output. Another trainer may have intended otherwise.",
            family=family.name,
        )
    if verdict.config_is_silent:
        if is_written:
            return text(
                "config.json does not say whether the output is tied, and mlx-lm ties it then. The head is written "
                "as output.weight. Another trainer may have intended otherwise."
            )
        return text(
            "config.json does not say whether the output is tied, and mlx-lm ties it then. The head is not written; "
            "the embedding is used for the output. Another trainer may have intended otherwise."
        )
    if is_written:
        return text(
            "config.json ties the output to the embedding, and mlx-lm follows it. The head is written as "
            "output.weight. Another trainer may have intended otherwise."
        )
    return text(
        "config.json ties the output to the embedding, and mlx-lm follows it. The head is not written; "
        "the embedding is used for the output. Another trainer may have intended otherwise."
    )


def how_it_differs(comparison: HeadComparison | None) -> Text:
    """What was found of a head that is not the embedding."""
    difference = describe_difference(comparison) if comparison else NOTHING
    if comparison is not None and comparison.cosine > SLIGHT:
        return text(
            "The output layer (lm_head) differs slightly from the embedding: {difference}.", difference=difference
        )
    return text("The output layer (lm_head) differs from the embedding: {difference}.", difference=difference)


def describe_difference(comparison: HeadComparison) -> Text:
    """By how much: '12.5% of the values differ, by 0.031 at most and 0.0012 on average, cosine 0.99981'."""
    return text(
        "{share} of the values differ, by {largest:.4g} at most and {mean:.4g} on average, cosine {cosine:.6f}",
        share=f"{100 * comparison.share_differing:.3g}%",
        largest=comparison.largest,
        mean=comparison.mean,
        cosine=comparison.cosine,
    )
