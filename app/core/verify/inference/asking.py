"""How an engine is asked, and how far it is meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.progress import Meter
from app.core.verify.engines import EngineProcess
from app.core.verify.inference.answers import Chosen, chosen
from app.core.verify.inference.questions import CHOSEN, Questions


@dataclass(frozen=True)
class Told:
    """The tokens of the model's vocabulary, 0 without a table, and what follows each prompt."""

    token_count: int
    answers: tuple[tuple[Chosen, ...], ...]


def told(engine: EngineProcess, questions: Questions, table: Path, meter: Meter) -> Told:
    """Everything, the table into a file. Raises EngineError, Cancelled."""
    token_count = _table(engine, questions, table, meter) if questions.passages else 0
    return Told(token_count, _answers(engine, questions, meter))


def _table(engine: EngineProcess, questions: Questions, table: Path, meter: Meter) -> int:
    """Have the table written; how wide it is."""
    passages = [list(one.ids[:-1]) for one in questions.passages]
    answer = engine.ask("tables", _counting(meter, engine, 0), passages=passages, target=str(table))
    return int(answer["token_count"])


def _answers(engine: EngineProcess, questions: Questions, meter: Meter) -> tuple[tuple[Chosen, ...], ...]:
    """The likeliest tokens after each prompt."""
    found = []
    for prompt in questions.prompts:
        answer = engine.ask(
            "continue",
            _counting(meter, engine, len(prompt.ids)),
            prompt=list(prompt.ids),
            count=questions.length,
            ends=list(questions.ends),
        )
        found.append(chosen(answer["tokens"]))
        left = questions.length - len(found[-1])  # it ended early
        meter.advance(left, engine.kind.label, CHOSEN * left)
    return tuple(found)


def _counting(meter: Meter, engine: EngineProcess, read: int) -> Callable[[int], None]:
    """Hears how many tokens are done; those after the first `read` are chosen one by one, where there are any."""
    before = 0

    def count(done: int) -> None:
        nonlocal before
        alone = max(0, done - max(before, read)) if read else 0
        meter.advance(done - before, engine.kind.label, done - before + (CHOSEN - 1) * alone)
        before = done

    return count
