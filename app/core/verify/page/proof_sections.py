"""What was proved, as sections of the page: the steps, the weights and the vocabulary."""

import math

from app.core.text import Text, counted, text
from app.core.verify.page.parts import (
    BAD,
    GOOD,
    OPEN,
    WARNING,
    Column,
    Facts,
    Note,
    Notes,
    Pair,
    Part,
    Section,
    Side,
    Table,
    shortened,
    visible,
)
from app.core.verify.results.report import Conversation, TokenizedText, VerificationReport, VocabularyProof
from app.core.verify.results.report_words import StepWords, sentences, steps_in_words
from app.core.verify.weights.weight_proof import TensorProof, WeightProof

WORST = 5  # tensors that are shown unfolded
BY_FOLDER, BY_FILE = text("The folder, by mlx-lm"), text("The file, by llama.cpp")
SAME, DIFFERS, NOT_DONE = text("the same"), text("differs"), text("not done")
TONES = {True: GOOD, False: BAD, None: OPEN}


def steps_section(report: VerificationReport) -> Section:
    """What was done and what came out, or why it was left out; what is wrong, and what a person should know."""
    steps = steps_in_words(report)
    notes = (
        *(Note(text("problem"), BAD, (problem,)) for one in steps for problem in one.problems),
        *(Note(text("warning"), WARNING, (warning,)) for warning in report.warnings),
        *(Note(text("note"), OPEN, (note,)) for one in steps for note in one.notes),
    )
    table = Table(
        (Column(text("Step")), Column(text("Result"), "result"), Column(text("What was found"))),
        tuple((one.step.title, _result(one), sentences(*one.said)) for one in steps),
        tuple(TONES[one.is_good] for one in steps),
    )
    return Section(text("Steps"), (table, *((Notes(notes),) if notes else ())))


def _result(step: StepWords) -> Text:
    if not step.is_done:
        return NOT_DONE
    return {True: text("passed"), False: text("failed"), None: text("measured")}[step.is_good]


def weights_section(proof: WeightProof) -> Section:
    """The worst tensors, and all of them in a table that is folded."""
    ranked = sorted(proof.tensors, key=lambda one: (not one.problem, -one.relative, one.name))
    parts: list[Part] = [Notes((Note(text("problem"), BAD, (proof.problem,)),))] if proof.problem else []
    if ranked:
        parts.append(_tensor_table(ranked[:WORST]))
    if len(ranked) > WORST:
        count = len(ranked)
        parts.append(_tensor_table(ranked, counted("All {count:,} tensor", "All {count:,} tensors", count)))
    return Section(text("Weights"), tuple(parts))


def _tensor_table(tensors: list[TensorProof], summary: Text | None = None) -> Table:
    columns = (
        Column(text("Tensor"), "name"),
        Column(text("Type")),
        Column(text("Relative RMS error"), "number"),
        Column(text("Largest difference"), "number"),
        Column(text("Result"), "result"),
    )
    rows = tuple(
        (one.name, one.type, _share(one.relative), _number(one.largest), one.problem or text("as exact as its type"))
        for one in tensors
    )
    tones = tuple(BAD if one.problem else GOOD for one in tensors)
    return Table(columns, rows, tones) if summary is None else Table(columns, rows, tones, summary)


def _share(share: float) -> str:
    return f"{share:.4%}" if math.isfinite(share) else "–"


def _number(number: float) -> str:
    return f"{number:.4g}" if math.isfinite(number) else "–"


def vocabulary_section(proof: VocabularyProof) -> Section:
    """What differs, and in folded tables all that was compared."""
    texts = sorted(proof.texts, key=lambda one: one.is_same)
    count, conversations = len(texts), sorted(proof.conversations, key=lambda one: one.is_same)
    ends = (
        (text("Tokens that end a text, by the folder"), _ids(proof.ends_by_folder)),
        (text("Tokens that end a text, by the file"), _ids(proof.ends_by_file)),
    )
    parts: list[Part] = [Facts(ends)]
    differing = [one for one in texts if not one.is_same]
    if differing:
        parts.append(_text_table(differing))
    if texts:
        parts.append(_text_table(texts, counted("All {count:,} text", "All {count:,} texts", count)))
    return Section(text("Vocabulary"), (*parts, *map(_conversation, conversations)))


def _ids(ids: tuple[int, ...]) -> str:
    return ", ".join(map(str, ids)) or text("none")


def _text_table(texts: list[TokenizedText], summary: Text | None = None) -> Table:
    columns = Column(text("Text")), Column(text("Tokens"), "number"), Column(text("Result"), "result")
    rows = tuple((shortened(one.text), str(len(one.by_folder)), _first_other_id(one)) for one in texts)
    tones = tuple(GOOD if one.is_same else BAD for one in texts)
    return Table(columns, rows, tones) if summary is None else Table(columns, rows, tones, summary)


def _first_other_id(one: TokenizedText) -> Text:
    if one.is_same:
        return SAME
    place = _common(one.by_folder, one.by_file)
    folder, file = (str(ids[place]) if place < len(ids) else "–" for ids in (one.by_folder, one.by_file))
    return text(
        "token {number:,}: {folder} by the folder, {file} by the file", number=place + 1, folder=folder, file=file
    )


def _common(one: tuple[int, ...] | str, other: tuple[int, ...] | str) -> int:
    """How many of the first are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _conversation(one: Conversation) -> Pair:
    """Folded where nothing differs."""
    place = _common(one.by_folder, one.by_file)
    left, right = (
        Side(title, said[:place], visible(said[place : place + 1]), said[place + 1 :])
        for title, said in ((text("The folder, by jinja2"), one.by_folder), (BY_FILE, one.by_file))
    )
    result = SAME if one.is_same else DIFFERS
    return Pair(
        text("{conversation}: {result}", conversation=one.name, result=result), left, right, is_folded=one.is_same
    )
