"""The lm_head verdict in plain words, as findings."""

from app.core.architectures import Architecture, Head
from app.core.findings import Finding, Severity, blocker, info, warning
from app.core.plan.head.head_words import (
    CHOOSE_KEEPING,
    CHOOSE_SHARING,
    CHOOSE_THE_VERDICT,
    LET_THE_VERDICT_DECIDE,
    NO_CHOICE,
    SHARE,
    Advice,
    describe_difference,
    how_it_differs,
    is_disputed,
    what_becomes_of_a_copy,
    what_becomes_of_a_trained_head,
    what_becomes_of_an_ignored_head,
    when_missing,
    when_tied,
    which_copy_is_written,
)
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.options import HeadChoice
from app.core.text import NOTHING, Text, counted, text

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
    elif (
        verdict.kind in (HeadKind.IGNORED, HeadKind.CANNOT_BE_KEPT, HeadKind.MISSING, HeadKind.MISSHAPEN)
        or (verdict.kind is HeadKind.UNTIED and verdict.action is not HeadAction.WRITE_HEAD)
        or (verdict.kind is HeadKind.TIED and is_disputed(family, verdict))
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
        HeadKind.TIED: when_tied(family, verdict),
        HeadKind.COPY: (
            text("The output layer (lm_head) is an exact copy of the embedding."),
            what_becomes_of_a_copy(verdict),
            NO_CHOICE,
        ),
        HeadKind.UNTIED: (
            how_it_differs(verdict.comparison),
            what_becomes_of_a_trained_head(family, verdict),
            CHOOSE_SHARING if is_written else CHOOSE_THE_VERDICT,
        ),
        HeadKind.QUANTIZED_TWICE: (
            text(
                "lm_head and the embedding are one matrix that was quantized twice: no value differs by more than the "
                "quantization steps ({difference}).",
                difference=difference,
            ),
            which_copy_is_written(family, verdict),
            NO_CHOICE,
        ),
        HeadKind.IGNORED: (
            text("The folder has an lm_head that MLX ignores: {difference}.", difference=difference),
            what_becomes_of_an_ignored_head(family, verdict),
            NO_CHOICE if family.head.llama_cpp is Head.NEVER else CHOOSE_THE_VERDICT if is_written else CHOOSE_KEEPING,
        ),
        HeadKind.CANNOT_BE_KEPT: (
            how_it_differs(verdict.comparison),
            text(
                "llama.cpp reads no separate output matrix for {family}, so this head would be lost.",
                family=family.name,
            ),
            (text("Choose to share the embedding if you accept this difference."), (SHARE,)),
        ),
        HeadKind.MISSING: (
            *when_missing(family, verdict),
            (text("Save the model again with its head, or choose to share the embedding."), (SHARE,)),
        ),
        HeadKind.MISSHAPEN: (
            text("lm_head does not have the shape of the embedding."),
            text("llama.cpp needs one row for each token in both."),
            (text("Save the model again, or choose to share the embedding."), (SHARE,)),
        ),
    }
    return table[verdict.kind]
