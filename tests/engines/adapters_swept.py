"""Which tensors of every family llama.cpp takes from an adapter, held against resources/without_adapters.json.

    python -m tests.engines.adapters_swept [FAMILY …]

prints for each tiny model the largest difference between base with adapter and fused model, in nats, then the tensors
whose adapter changes no answer though it should, and those that are refused although it does.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from app.core.convert import convert
from app.core.errors import AppError
from app.core.plan.adapter.graphs import takes_adapters
from app.core.verify.engines import EngineKind
from tests.adapter_files import STRENGTH, FineTune, fine_tune, only, without_updates, written
from tests.engines.adapter_question import ask
from tests.engines.ask import Engine
from tests.golden.family_models import family_models


def swept(name: str, place: Path, engine: Engine) -> tuple[float, list[str], list[str]]:
    """The difference, what is silently lost, and what is refused without need."""
    tuned = fine_tune(name, place)
    plan = tuned.adapter_plan()
    base, fused = tuned.base_file(place / "base.gguf"), convert(tuned.taken(), place / "fused.gguf").path
    taken = tuple(pair for pair in plan.pairs if takes_adapters(plan.graph, pair.name))
    files = [written(only(plan, (pair,)), place / f"{pair.name}.gguf") for pair in plan.pairs]
    together = written(only(plan, taken), place / "taken.gguf")
    without, with_all, *with_one = ask(engine, base, (None, 0), (together, STRENGTH), *((file, 4.0) for file in files))
    (expected,) = ask(engine, fused, (None, 0))
    changes = {pair.name: not np.array_equal(one, without) for pair, one in zip(plan.pairs, with_one, strict=True)}
    lost = [pair.name for pair in taken if not changes[pair.name] and counts(tuned, pair.name, without, place, engine)]
    needless = [name for name, does in changes.items() if does and not takes_adapters(plan.graph, name)]
    return float(np.abs(with_all - expected).max()), lost, needless


def counts(tuned: FineTune, tensor: str, without: np.ndarray, place: Path, engine: Engine) -> bool:
    """Whether a change of this tensor would change answers: of layers that take the keys of others it does not."""
    plan = without_updates(tuned.plan, lambda one: one.name != tensor)
    (fused,) = ask(engine, convert(plan, place / "one.gguf", overwrite=True).path, (None, 0))
    return not np.array_equal(fused, without)


def main() -> None:
    engine = Engine(EngineKind.LLAMA_CPP)
    for name in sys.argv[1:] or [model.name for model in family_models()]:
        with tempfile.TemporaryDirectory() as place:
            try:
                difference, lost, needless = swept(name, Path(place), engine)
            except (AssertionError, AppError) as error:
                print(f"{name}: {str(error)[-300:]}", flush=True)
            else:
                print(f"{name} {difference:.5f} lost {lost} needless {needless}", flush=True)
    engine.close()


if __name__ == "__main__":
    main()
