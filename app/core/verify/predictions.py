"""prove_distributions and prove_answers: what mlx-lm predicts with a folder, and llama.cpp with the file.

One engine runs after the other, so that memory holds one model, and each loads its model once.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.plan import Prepared
from app.core.progress import IsCancelled, Meter, OnProgress, Stage, Unit, ignore_progress, never_cancelled
from app.core.verify import machine_memory
from app.core.verify.adapter_for_mlx import adapter_for_mlx
from app.core.verify.answers import answers_of, ids_in
from app.core.verify.asking import Told, told
from app.core.verify.distributions import figures_of, positions_of
from app.core.verify.engines import EngineKind, EngineProcess, RefusalError
from app.core.verify.machine_memory import Need, check_memory, needs_of
from app.core.verify.no_comparison import NoComparisonError
from app.core.verify.questions import Questions, questions_for, vocabulary_of
from app.core.verify.report import Answer, DistributionProof, Passage, Skipped, Step
from app.core.verify.tables import check_space, folder_for_tables, rows_of

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
    """Compare both over the bundled passages or those of a `text`, and over the answers to three prompts.

    A step is skipped where mlx-lm cannot tell the truth, or this machine has no room. Raises RefusalError where
    llama.cpp does not take the file, EngineError where an engine crashes or hangs, VerificationError where the
    vocabularies differ or the text is none, Cancelled.
    """
    skipped: list[Skipped] = []
    try:
        questions = questions_for(prepared, steps, text, is_cancelled)
        vocabulary = vocabulary_of(prepared)
        needs = needs_of(prepared.model, file, vocabulary.row_count)
        check_memory(needs, machine_memory.machine_bytes())
        try:
            check_space(questions.position_count, vocabulary.row_count)
        except NoComparisonError as error:
            if questions.passages:
                skipped.append(Skipped(Step.DISTRIBUTIONS, error.reason))
                questions = replace(questions, passages=())
        if not questions.token_count:
            return Predictions(skipped=tuple(skipped))
        found = _compared(prepared, file, questions, needs, on_progress, is_cancelled)
    except NoComparisonError as error:
        return Predictions(skipped=tuple(Skipped(step, error.reason) for step in STEPS if step in steps))
    return replace(found, skipped=tuple(skipped))


def _compared(
    prepared: Prepared,
    file: Path,
    questions: Questions,
    needs: tuple[Need, Need],
    on_progress: OnProgress,
    is_cancelled: IsCancelled,
) -> Predictions:
    adapter = adapter_for_mlx(prepared.model)
    meter = Meter(
        Stage.PREDICT, 2 * questions.token_count, on_progress, is_cancelled, 2 * questions.effort, Unit.TOKENS
    )
    with ExitStack() as stack:
        folder = stack.enter_context(folder_for_tables())
        truth, other = folder / "mlx-lm", folder / "llama.cpp"
        with (
            _no_comparison_where_it_refuses(),
            EngineProcess(EngineKind.MLX_LM, memory_bytes=needs[0].allowed, is_cancelled=is_cancelled) as engine,
        ):
            engine.ask("open", path=str(prepared.model.checkpoint.folder), adapter=adapter and str(adapter))
            by_folder = told(engine, questions, truth, meter)
        with EngineProcess(EngineKind.LLAMA_CPP, memory_bytes=needs[1].allowed, is_cancelled=is_cancelled) as engine:
            token_count = engine.ask("open", path=str(file))["token_count"]
            by_file = told(engine, questions, other, meter)
            answers = _answers(engine, questions, by_folder, by_file, token_count)
        proof = _proof(questions, (truth, by_folder.token_count), (other, by_file.token_count))
    return Predictions(proof if questions.passages else None, answers if questions.prompts else None)


@contextmanager
def _no_comparison_where_it_refuses() -> Iterator[None]:
    """mlx-lm does not load every folder that can be converted."""
    try:
        yield
    except RefusalError as error:
        raise NoComparisonError(error.reason) from None


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
