"""prove_distributions and prove_answers: what mlx-lm predicts with a folder, and llama.cpp with the file.

One engine runs after the other, so that memory holds one model, and each loads a model once.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.plan import Prepared
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, Unit, ignore_progress, never_cancelled
from app.core.text import text
from app.core.verify.engines import EngineProcess, RefusalError
from app.core.verify.inference import machine_memory
from app.core.verify.inference.adapter_for_mlx import adapter_for_mlx
from app.core.verify.inference.answers import answers_of, ids_in
from app.core.verify.inference.asking import Told, told
from app.core.verify.inference.distributions import figures_of, positions_of
from app.core.verify.inference.machine_memory import Need, check_memory, needs_of
from app.core.verify.inference.questions import Questions, questions_for, vocabulary_of
from app.core.verify.inference.tables import check_space, folder_for_tables, rows_of
from app.core.verify.results.no_comparison import NoComparisonError
from app.core.verify.results.report import Answer, DistributionProof, Passage, Skipped, Step

STEPS = (Step.DISTRIBUTIONS, Step.ANSWERS)


@dataclass(frozen=True)
class Predictions:
    """What was compared, None for a step that nobody asked for or that is among the skipped ones."""

    distributions: DistributionProof | None = None
    answers: tuple[Answer, ...] | None = None
    skipped: tuple[Skipped, ...] = ()


def prove_distributions(
    prepared: Prepared,
    file: Path,
    *,
    text: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> DistributionProof | Skipped:
    """As prove_predictions, of which it is one step."""
    found = prove_predictions(
        prepared, file, steps=(Step.DISTRIBUTIONS,), text=text, on_progress=on_progress, is_cancelled=is_cancelled
    )
    return found.skipped[0] if found.distributions is None else found.distributions


def prove_answers(
    prepared: Prepared,
    file: Path,
    *,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> tuple[Answer, ...] | Skipped:
    """As prove_predictions, of which it is one step."""
    found = prove_predictions(prepared, file, steps=(Step.ANSWERS,), on_progress=on_progress, is_cancelled=is_cancelled)
    return found.skipped[0] if found.answers is None else found.answers


def prove_predictions(
    prepared: Prepared,
    file: Path,
    *,
    steps: Collection[Step] = STEPS,
    text: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> Predictions:
    """As prove_all_predictions, of one file."""
    (found,) = prove_all_predictions(
        prepared, (file,), steps=steps, text=text, on_progress=on_progress, is_cancelled=is_cancelled
    )
    return found


def prove_all_predictions(
    prepared: Prepared,
    files: Sequence[Path],
    *,
    steps: Collection[Step] = STEPS,
    text: Path | None = None,
    on_progress: OnProgress = ignore_progress,
    is_cancelled: IsCancelled = never_cancelled,
) -> tuple[Predictions, ...]:
    """Compare a folder with each of its files, over passages (the bundled ones or those of a `text`) and answers.

    A step is skipped where mlx-lm cannot tell the truth, or this machine has no room. Raises EngineError where
    llama.cpp refuses a file (its `failure` says why), or an engine crashes or hangs, VerificationError where the
    vocabularies differ or the text is none, Cancelled.
    """
    skipped: list[Skipped] = []
    try:
        adapter, vocabulary = adapter_for_mlx(prepared.model), vocabulary_of(prepared)
        needs = {file: needs_of(prepared.model, file, vocabulary.row_count) for file in files}
        for both in needs.values():
            check_memory(both, machine_memory.machine_bytes())
        questions = questions_for(prepared, steps, text)
        try:
            check_space(questions.position_count, vocabulary.row_count)
        except NoComparisonError as error:
            skipped += [Skipped(Step.DISTRIBUTIONS, error.reason)] if questions.passages else []
            questions = replace(questions, passages=())
        if not questions.token_count:
            return (Predictions(skipped=tuple(skipped)),) * len(files)
        meter = _meter(questions, 1 + len(files), on_progress, is_cancelled)
        with folder_for_tables() as folder:
            table = folder / "mlx-lm"
            with _engine(needs[files[0]][0], is_cancelled) as engine, _no_comparison_where_it_refuses():
                engine.ask("open", path=str(prepared.model.checkpoint.folder), adapter=adapter and str(adapter))
                truth = told(engine, questions, table, meter)
            found = []
            for file in files:
                with _engine(needs[file][1], is_cancelled) as engine:
                    found.append(_compared(engine, file, questions, truth, table, meter))
    except NoComparisonError as error:
        alike = Predictions(skipped=tuple(Skipped(step, error.reason) for step in STEPS if step in steps))
        return (alike,) * len(files)
    return tuple(replace(one, skipped=tuple(skipped)) for one in found)


def _meter(questions: Questions, times: int, on_progress: OnProgress, is_cancelled: IsCancelled) -> Meter:
    total, effort = times * questions.token_count, times * questions.effort
    return Meter(Stage.PREDICT, total, on_progress, is_cancelled, effort, Unit.TOKENS)


def _engine(need: Need, is_cancelled: IsCancelled) -> EngineProcess:
    return EngineProcess(need.engine, memory_bytes=need.allowed, is_cancelled=is_cancelled)


def _compared(
    engine: EngineProcess, file: Path, questions: Questions, truth: Told, table: Path, meter: Meter
) -> Predictions:
    """`engine`: llama.cpp, which is closed before tables are compared; `table`: the truth's."""
    other = table.with_name("llama.cpp")
    token_count = engine.ask("open", path=str(file))["token_count"]
    its = told(engine, questions, other, meter)
    answers = _answers(engine, questions, truth, its, token_count)
    engine.close()
    proof = _proof(questions, (table, truth.token_count), (other, its.token_count))
    return Predictions(proof if questions.passages else None, answers if questions.prompts else None)


@contextmanager
def _no_comparison_where_it_refuses() -> Iterator[None]:
    """mlx-lm does not load every folder that can be converted."""
    try:
        yield
    except RefusalError as error:
        if not error.printed:
            raise NoComparisonError(error.reason) from None
        raise NoComparisonError(
            text("{reason} It says: {words:.300}", reason=error.reason, words=error.printed)
        ) from None


def _answers(
    engine: EngineProcess, questions: Questions, by_folder: Told, by_file: Told, token_count: int
) -> tuple[Answer, ...]:
    """`engine`: llama.cpp, which knows what tokens stand for. Raises VerificationError, EngineError, Cancelled."""
    ids = ids_in((*by_folder.answers, *by_file.answers), token_count)
    pieces = engine.ask("pieces", ids=ids)["pieces"]
    known = {token: bytes.fromhex(piece) for token, piece in zip(ids, pieces, strict=True)}
    return answers_of(questions.prompts, by_folder.answers, by_file.answers, known)


def _proof(questions: Questions, truth: tuple[Path, int], other: tuple[Path, int]) -> DistributionProof | None:
    if not questions.passages:
        return None
    count = questions.position_count
    tokens = [token for one in questions.passages for token in one.ids[1:]]
    rows, its = (rows_of(path, count, width) for path, width in (truth, other))
    found = list(positions_of(rows, its, tokens))
    passages, first = [], 0
    for one in questions.passages:
        passages.append(Passage(one.name, tuple(found[first : first + one.position_count])))
        first += one.position_count
    return DistributionProof(tuple(passages), figures_of(found))
