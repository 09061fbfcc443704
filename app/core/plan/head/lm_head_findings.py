"""The lm_head verdict in plain words, as findings."""

from app.core.architectures import Architecture, Head
from app.core.findings import Finding, Severity, note, stop, warning
from app.core.model.facts import HeadComparison
from app.core.plan.head.lm_head import HeadAction, HeadKind, LmHeadVerdict
from app.core.plan.options import HeadChoice

EMBEDDING_IS_OUTPUT = "The output layer of this model is its embedding."
CHOOSE = "You can choose to {} instead."
SHARE, KEEP, AUTOMATIC = "share the embedding", "keep it as a matrix of its own", "let the verdict decide"
HEAD = "lm_head.weight"


def head_findings(family: Architecture, verdict: LmHeadVerdict) -> tuple[Finding, ...]:
    """What the verdict means for the user, and what a choice against it costs."""
    if verdict.choice is HeadChoice.KEEP and verdict.action is HeadAction.STOP:
        return (_cannot_keep(family, verdict),)
    found = [_explain(family, verdict)]
    if verdict.choice is HeadChoice.KEEP and verdict.kind in (HeadKind.TIED, HeadKind.MISSING):
        found.append(
            warning("nothing-to-keep", "There is no separate head in this folder that could be kept.", subject=HEAD)
        )
    if verdict.action is HeadAction.WRITE_EMBEDDING_TWICE:
        found.append(
            note(
                "head-required",
                f"The embedding is written twice, which costs {verdict.keep_byte_count:,} bytes.",
                f"llama.cpp does not load a {family.name} file without output.weight.",
                subject=HEAD,
            )
        )
    return tuple(found)


def _cannot_keep(family: Architecture, verdict: LmHeadVerdict) -> Finding:
    reason = (
        "it does not have the shape of the embedding"
        if verdict.kind is HeadKind.MISSHAPEN
        else f"llama.cpp reads no separate output matrix for {family.name}"
    )
    return stop(
        "cannot-keep-head",
        f"lm_head cannot be kept: {reason}.",
        "A file with it would not load, or the head would be lost.",
        "Choose to share the embedding, or let the verdict decide.",
        HEAD,
    )


def _explain(family: Architecture, verdict: LmHeadVerdict) -> Finding:
    code = f"lm-head-{verdict.kind.name.lower().replace('_', '-')}"
    what, meaning, advice = _texts(family, verdict)
    severity = Severity.NOTE
    if verdict.action is HeadAction.STOP:
        severity = Severity.STOP
    elif verdict.kind in (HeadKind.IGNORED, HeadKind.CANNOT_BE_KEPT, HeadKind.MISSING, HeadKind.MISSHAPEN) or (
        verdict.kind is HeadKind.UNTIED and verdict.action is not HeadAction.WRITE_HEAD
    ):
        severity = Severity.WARNING
    return Finding(code, severity, what, meaning, advice, HEAD)


def _texts(family: Architecture, verdict: LmHeadVerdict) -> tuple[str, str, str]:
    """What was found, what it means, what can be chosen."""
    difference = describe_difference(verdict.comparison) if verdict.comparison else ""
    is_written = verdict.action is HeadAction.WRITE_HEAD
    table = {
        HeadKind.COMPARING: ("The folder has an lm_head; comparing it with the embedding…", "", ""),
        HeadKind.TIED: (
            "There is no separate lm_head: it is tied.",
            f"{EMBEDDING_IS_OUTPUT} Nothing is missing.",
            "",
        ),
        HeadKind.COPY: (
            "lm_head is tied, and was saved a second time: every value equals the embedding.",
            f"{EMBEDDING_IS_OUTPUT} {_copy_action(verdict)}",
            "",
        ),
        HeadKind.UNTIED: (
            f"lm_head differs from the embedding: {difference}.",
            f"MLX computes the output with it; it was trained on its own. {_kept_or_shared(verdict)}",
            CHOOSE.format(SHARE if is_written else AUTOMATIC),
        ),
        HeadKind.QUANTIZED_TWICE: (
            "lm_head and the embedding are one matrix that was quantized twice: no value differs by more than the "
            f"quantization steps ({difference}).",
            _better_copy(family, verdict),
            "",
        ),
        HeadKind.IGNORED: (
            f"The folder has an lm_head that MLX ignores: {difference}.",
            f"config.json ties the output to the embedding, and mlx-lm goes by that. {_kept_or_shared(verdict)} "
            "Another trainer may have meant the head, though.",
            "" if family.head is Head.NEVER else CHOOSE.format(AUTOMATIC if is_written else KEEP),
        ),
        HeadKind.CANNOT_BE_KEPT: (
            f"lm_head differs from the embedding: {difference}.",
            f"llama.cpp reads no separate output matrix for {family.name}, so that this head would be lost.",
            "Choose to share the embedding if you accept this difference.",
        ),
        HeadKind.MISSING: (
            "config.json says that the output is not tied to the embedding, but the folder has no lm_head.",
            "The head was lost, or config.json is wrong.",
            "Save the model again with its head, or choose to share the embedding.",
        ),
        HeadKind.MISSHAPEN: (
            "lm_head does not have the shape of the embedding.",
            "llama.cpp needs one row for each token in both.",
            "Save the model again, or choose to share the embedding.",
        ),
    }
    return table[verdict.kind]


def _better_copy(family: Architecture, verdict: LmHeadVerdict) -> str:
    if verdict.action is HeadAction.WRITE_HEAD:
        return "Both copies are written, because MLX computes with both."
    if verdict.action is HeadAction.SHARE_HEAD:
        return f"{family.name} files hold one matrix; the finer copy, lm_head, is written."
    return "One matrix is written, the embedding; llama.cpp uses it for both."


def _copy_action(verdict: LmHeadVerdict) -> str:
    if verdict.action is HeadAction.WRITE_HEAD:
        return "The copy is written all the same."
    return f"The copy is left out, which saves {verdict.keep_byte_count - verdict.share_byte_count:,} bytes."


def _kept_or_shared(verdict: LmHeadVerdict) -> str:
    if verdict.action is HeadAction.WRITE_HEAD:
        return "It is written as output.weight."
    return "It is not written; the embedding is used for the output."


def describe_difference(comparison: HeadComparison) -> str:
    """By how much: '12.5% of the values differ, by 0.031 at most and 0.0012 on average, cosine 0.99981'."""
    return (
        f"{100 * comparison.share_differing:.3g}% of the values differ, by {comparison.largest:.4g} at most and "
        f"{comparison.mean:.4g} on average, cosine {comparison.cosine:.6f}"
    )
