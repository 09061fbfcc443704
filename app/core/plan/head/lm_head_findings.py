"""The lm_head verdict in plain words, as findings."""

from app.core.architectures import Architecture, Head
from app.core.findings import Finding, Severity, blocker, info, warning
from app.core.model.facts import HeadComparison
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.options import HeadChoice
from app.core.remedies import ChooseHead
from app.core.text import NOTHING, Text, counted, text

Advice = tuple[Text, tuple[ChooseHead, ...]]  # in words and as data

SHARE, KEEP, LET_THE_VERDICT_DECIDE = map(ChooseHead, (HeadChoice.SHARE, HeadChoice.KEEP, HeadChoice.AUTO))
CHOOSE_SHARING = text("You can choose to share the embedding instead."), (SHARE,)
CHOOSE_KEEPING = text("You can choose to keep it as a separate matrix instead."), (KEEP,)
CHOOSE_THE_VERDICT = text("You can let MLX Ferry decide instead."), (LET_THE_VERDICT_DECIDE,)
NO_CHOICE: Advice = NOTHING, ()
HEAD = "lm_head.weight"


def head_findings(family: Architecture, verdict: LmHeadVerdict) -> tuple[Finding, ...]:
    """What the verdict means for the user, and what a choice against it costs."""
    is_stopped = verdict.action is HeadAction.STOP and verdict.kind is not HeadKind.MISSING
    if verdict.choice is HeadChoice.KEEP and is_stopped:
        return (_cannot_keep(family, verdict),)
    found = [_explain(family, verdict)]
    if verdict.choice is HeadChoice.KEEP and verdict.kind in (HeadKind.TIED, HeadKind.MISSING):
        found.append(
            warning(
                "nothing-to-keep", text("There is no separate head in this folder that could be kept."), subject=HEAD
            )
        )
    if verdict.action is HeadAction.WRITE_EMBEDDING_TWICE:
        found.append(
            info(
                "head-required",
                counted(
                    "The embedding is written twice, which costs {count:,} byte.",
                    "The embedding is written twice, which costs {count:,} bytes.",
                    verdict.keep_byte_count,
                ),
                text("In llama.cpp, a {family} file needs an output.weight of its own.", family=family.name),
                subject=HEAD,
            )
        )
    return tuple(found)


def _cannot_keep(family: Architecture, verdict: LmHeadVerdict) -> Finding:
    needs_sharing = verdict.kind in (HeadKind.MISSHAPEN, HeadKind.CANNOT_BE_KEPT)  # for these the verdict is to stop
    return blocker(
        "cannot-keep-head",
        text("lm_head cannot be kept: it does not have the shape of the embedding.")
        if verdict.kind is HeadKind.MISSHAPEN
        else text(
            "lm_head cannot be kept: llama.cpp reads no separate output matrix for {family}.", family=family.name
        ),
        text("A file with it would not load, or the head would be lost."),
        text("Choose to share the embedding.")
        if needs_sharing
        else text("Choose to share the embedding, or let MLX Ferry decide."),
        HEAD,
        (SHARE,) if needs_sharing else (SHARE, LET_THE_VERDICT_DECIDE),
    )


def _explain(family: Architecture, verdict: LmHeadVerdict) -> Finding:
    code = f"lm-head-{verdict.kind.name.lower().replace('_', '-')}"
    what, meaning, (advice, remedies) = _texts(family, verdict)
    severity = Severity.INFO
    if verdict.action is HeadAction.STOP:
        severity = Severity.BLOCKER
    elif verdict.kind in (HeadKind.IGNORED, HeadKind.CANNOT_BE_KEPT, HeadKind.MISSING, HeadKind.MISSHAPEN) or (
        verdict.kind is HeadKind.UNTIED and verdict.action is not HeadAction.WRITE_HEAD
    ):
        severity = Severity.WARNING
    left = tuple(one for one in remedies if one.choice != verdict.choice)
    return Finding(code, severity, what, meaning, advice, HEAD, left)


def _texts(family: Architecture, verdict: LmHeadVerdict) -> tuple[Text, Text, Advice]:
    """What was found, what it means, what can be chosen."""
    difference = describe_difference(verdict.comparison) if verdict.comparison else NOTHING
    is_written = verdict.action is HeadAction.WRITE_HEAD
    table = {
        HeadKind.COMPARING: (text("The folder has an lm_head; comparing it with the embedding…"), NOTHING, NO_CHOICE),
        HeadKind.TIED: (
            text("There is no separate lm_head: it is tied."),
            text("The output layer of this model is its embedding. Nothing is missing."),
            NO_CHOICE,
        ),
        HeadKind.COPY: (
            text("lm_head is an exact copy of the embedding."),
            _copy_action(verdict),
            NO_CHOICE,
        ),
        HeadKind.UNTIED: (
            text("lm_head differs from the embedding: {difference}.", difference=difference),
            _trained_head(is_written),
            CHOOSE_SHARING if is_written else CHOOSE_THE_VERDICT,
        ),
        HeadKind.QUANTIZED_TWICE: (
            text(
                "lm_head and the embedding are one matrix that was quantized twice: no value differs by more than the "
                "quantization steps ({difference}).",
                difference=difference,
            ),
            _better_copy(family, verdict),
            NO_CHOICE,
        ),
        HeadKind.IGNORED: (
            text("The folder has an lm_head that MLX ignores: {difference}.", difference=difference),
            _ignored_head(is_written),
            NO_CHOICE if family.head is Head.NEVER else CHOOSE_THE_VERDICT if is_written else CHOOSE_KEEPING,
        ),
        HeadKind.CANNOT_BE_KEPT: (
            text("lm_head differs from the embedding: {difference}.", difference=difference),
            text(
                "llama.cpp reads no separate output matrix for {family}, so this head would be lost.",
                family=family.name,
            ),
            (text("Choose to share the embedding if you accept this difference."), (SHARE,)),
        ),
        HeadKind.MISSING: (
            text("config.json says that the output is not tied to the embedding, but the folder has no lm_head."),
            text("The head was lost, or config.json is wrong."),
            (text("Save the model again with its head, or choose to share the embedding."), (SHARE,)),
        ),
        HeadKind.MISSHAPEN: (
            text("lm_head does not have the shape of the embedding."),
            text("llama.cpp needs one row for each token in both."),
            (text("Save the model again, or choose to share the embedding."), (SHARE,)),
        ),
    }
    return table[verdict.kind]


def _better_copy(family: Architecture, verdict: LmHeadVerdict) -> Text:
    if verdict.action is HeadAction.WRITE_HEAD:
        return text("Both copies are written, because MLX computes with both.")
    if verdict.action is HeadAction.SHARE_HEAD:
        return text("{family} files hold one matrix; the finer copy, lm_head, is written.", family=family.name)
    return text("One matrix is written, the embedding; llama.cpp uses it for both.")


def _copy_action(verdict: LmHeadVerdict) -> Text:
    if verdict.action is HeadAction.WRITE_HEAD:
        return text("The output layer of this model is its embedding. The copy is written anyway.")
    return counted(
        "The output layer of this model is its embedding. The copy is left out, which saves {count:,} byte.",
        "The output layer of this model is its embedding. The copy is left out, which saves {count:,} bytes.",
        verdict.keep_byte_count - verdict.share_byte_count,
    )


def _trained_head(is_written: bool) -> Text:
    if is_written:
        return text("MLX computes the output with this head, so it is written as output.weight.")
    return text("MLX computes the output with this head. It is not written; the embedding is used for the output.")


def _ignored_head(is_written: bool) -> Text:
    if is_written:
        return text(
            "config.json ties the output to the embedding, and mlx-lm follows it. The head is written as "
            "output.weight. Another trainer may have intended otherwise."
        )
    return text(
        "config.json ties the output to the embedding, and mlx-lm follows it. The head is not written; "
        "the embedding is used for the output. Another trainer may have intended otherwise."
    )


def describe_difference(comparison: HeadComparison) -> Text:
    """By how much: '12.5% of the values differ, by 0.031 at most and 0.0012 on average, cosine 0.99981'."""
    return text(
        "{share} of the values differ, by {largest:.4g} at most and {mean:.4g} on average, cosine {cosine:.6f}",
        share=f"{100 * comparison.share_differing:.3g}%",
        largest=comparison.largest,
        mean=comparison.mean,
        cosine=comparison.cosine,
    )
