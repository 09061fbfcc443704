"""What a verification found, in words: for a terminal, for a table of the steps, and for a model card."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.core.describe.fine_tune_kept import kept_in_words
from app.core.language import Language, english
from app.core.text import NOTHING, Text, counted, in_one_line, joined, text
from app.core.verify.results.report import DistributionProof, Step, VerificationReport, VocabularyProof
from app.core.verify.results.words import header_in_words, weights_in_words

OF_MARKDOWN = re.compile(r"([\\`*_\[\]<>&~|$@]|(?<=:)//|(?<=www)\.)")


@dataclass(frozen=True)
class StepWords:
    """A step in sentences; `is_good` is None where that cannot be said of it alone."""

    step: Step
    is_good: bool | None
    said: tuple[str, ...]
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_done: bool = True


def steps_in_words(report: VerificationReport) -> tuple[StepWords, ...]:
    """All steps in their order."""
    return tuple(_STEPS[step](report) or _not_done(report, step) for step in Step)


def verdict_in_words(report: VerificationReport) -> Text:
    """'Close: …'."""
    return text("{verdict}: {reason}", verdict=report.verdict.title, reason=report.reason)


def report_in_words(report: VerificationReport) -> tuple[str, ...]:
    """The verdict; then each step with its problems and notes, or why it was not done; then the warnings."""
    lines: list[str] = [verdict_in_words(report)]
    for one in steps_in_words(report):
        first, *more = one.said
        lines += [text("{step}: {said}", step=one.step.title, said=first), *more]
        lines += [text("Problem: {problem}", problem=problem) for problem in one.problems]
        lines += one.notes
    if report.kept:
        lines.append(kept_in_words(report.kept))
    return (*lines, *(text("Warning: {warning}", warning=warning) for warning in report.warnings))


def markdown_lines(report: VerificationReport, language: Language | None = None) -> str:
    """Five lines for a model card: the verdict and the steps; settings have one only where they are wrong."""
    say = language or english()
    title = text("Verified with MLX Ferry {version}", version=dict(report.versions).get("MLX Ferry", ""))
    file = in_markdown(say(text("{file}, SHA-256 {sha256}", file=report.file.name, sha256=report.sha256 or "–")))
    first = f"**{in_markdown(say(title).strip())}: {in_markdown(say(report.verdict.title))}.** "
    lines = [first + f"{in_markdown(say(report.reason))} ({file})"]
    for one in steps_in_words(report):
        if one.step is Step.SETTINGS and one.is_good is not False:
            continue
        said = say(joined(" ", (*one.said, *one.problems[:1])))
        lines.append(f"- **{in_markdown(say(one.step.title))}:** {in_markdown(said)}")
    return "\n".join(lines)


def in_markdown(said: str) -> str:
    """On one line, and nothing in it is an instruction to whoever renders it."""
    return OF_MARKDOWN.sub(r"\\\1", in_one_line(said))


def _not_done(report: VerificationReport, step: Step) -> StepWords:
    reasons = tuple(one.reason for one in report.skipped if one.step is step)
    return StepWords(step, None, (sentences(text("Not done."), *reasons),), is_done=False)


def sentences(*sentences: str) -> Text:
    """One after the other."""
    said = joined(" ", sentences)
    return said if isinstance(said, Text) else NOTHING


def _weights(report: VerificationReport) -> StepWords | None:
    if report.weights is None:
        return None
    first, *more = weights_in_words(report.weights)
    is_sound = report.weights.is_sound
    return StepWords(Step.WEIGHTS, is_sound, (first, *(more if is_sound else ())), () if is_sound else tuple(more))


def _settings(report: VerificationReport) -> StepWords | None:
    if report.header is None:
        return None
    first, *more = header_in_words(report.header)
    return StepWords(Step.SETTINGS, report.header.is_sound, (first,), tuple(more))


def _vocabulary(report: VerificationReport) -> StepWords | None:
    proof = report.vocabulary
    if proof is None:
        return None
    return StepWords(Step.VOCABULARY, proof.is_sound, (_vocabulary_in_words(proof),), proof.problems, proof.notes)


def _vocabulary_in_words(proof: VocabularyProof) -> Text:
    texts = counted("{count:,} text", "{count:,} texts", len(proof.texts))
    conversations = counted("{count:,} conversation", "{count:,} conversations", len(proof.conversations))
    if proof.is_sound:
        return text("{texts} and {conversations}: nothing differs.", texts=texts, conversations=conversations)
    return text(
        "{wrong:,} of {texts} and {wrong_conversations:,} of {conversations} differ.",
        wrong=sum(not one.is_same for one in proof.texts),
        texts=texts,
        wrong_conversations=sum(not one.is_same for one in proof.conversations),
        conversations=conversations,
    )


def _distributions(report: VerificationReport) -> StepWords | None:
    proof = report.distributions
    if proof is None:
        return None
    return StepWords(Step.DISTRIBUTIONS, _is_within(report, proof), _distributions_in_words(proof))


def _is_within(report: VerificationReport, proof: DistributionProof) -> bool | None:
    """Whether the mean is good enough; None where no limit was given."""
    good = [limit.divergence for limit in report.limits if limit.verdict.is_good]
    return proof.figures.mean.value <= max(good) if good else None


def _distributions_in_words(proof: DistributionProof) -> tuple[Text, ...]:
    figures = proof.figures
    return (
        counted(
            "Over {count:,} position, the mean KLD is {mean:.6f} ± {error:.6f} nats.",
            "Over {count:,} positions, the mean KLD is {mean:.6f} ± {error:.6f} nats.",
            sum(len(passage.positions) for passage in proof.passages),
            mean=figures.mean.value,
            error=figures.mean.error,
        ),
        text(
            "The likeliest token is the same at {same:.2%} ± {error:.2%} of them.",
            same=figures.same_top.value,
            error=figures.same_top.error,
        ),
        text(
            "Perplexity: {folder:.4f} by the folder, {file:.4f} by the file.",
            folder=figures.perplexity_of_folder.value,
            file=figures.perplexity_of_file.value,
        ),
    )


def _answers(report: VerificationReport) -> StepWords | None:
    answers = report.answers
    if answers is None:
        return None
    same = sum(one.first_difference is None for one in answers)
    count = len(answers)
    said = (
        counted("The answer is the same.", "All {count:,} answers are the same.", count)
        if same == count
        else counted(
            "{same:,} of {count:,} answer is the same.",
            "{same:,} of {count:,} answers are the same.",
            count,
            same=same,
        )
    )
    return StepWords(Step.ANSWERS, True if same == count else None, (said,))


_STEPS: dict[Step, Callable[[VerificationReport], StepWords | None]] = {
    Step.WEIGHTS: _weights,
    Step.SETTINGS: _settings,
    Step.VOCABULARY: _vocabulary,
    Step.DISTRIBUTIONS: _distributions,
    Step.ANSWERS: _answers,
}
