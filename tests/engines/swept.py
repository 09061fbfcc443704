"""What llama.cpp makes of every file that a sweep over a family's numbers is not refused.

    python -m tests.engines.swept [GRAPH …]

prints for each GGUF graph what it aborts on, refuses, or computes NaN with.
"""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.architectures import ARCHITECTURES, Architecture
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import ConversionPlan, PlanOptions
from app.core.verify.engines import EngineKind
from tests.core.plan.number_sweep import VALUES, cases, tiny_model
from tests.engines.ask import Engine
from tests.golden.family_models import save_mlx, save_published
from tests.planning import make_plan
from tests.tiny_checkpoints import gemma3_folder, with_tokenizer

# Numbers that are allowed, and far from what models have
TOKENS = [0, 1, 2]  # at the first place nothing rotates
ALLOWED = (1, 2, 3, 0.5, 1.0, 1e-4, 2.0**-126, 8e37, 1e18, -1e18, 2**31 - 1, [1.0] * 64)


def folder_of(family: Architecture, place: Path) -> Path:
    """A folder of a tiny model that can be converted."""
    model = tiny_model(family)
    if model is None:
        return gemma3_folder(place / "model")
    published = save_published(model, place / "published", model.engines.get("set"))
    return with_tokenizer(published if family.converts_huggingface else save_mlx(published, place / "saved"))


def plans(family: Architecture, folder: Path, values: tuple[Any, ...]) -> Iterator[tuple[str, ConversionPlan]]:
    """One for each different file, and what was set for it."""
    options, base = PlanOptions(OutputType.F32), open_checkpoint(folder)
    read = prepare(identify(base))
    seen = {""}
    for case in cases(family, dict(base.config), values):
        plan = make_plan(replace(base, config=case.config), options, read.vocabulary, read.facts)
        numbers = [(entry.key, entry.value) for entry in plan.metadata if not entry.key.startswith("tokenizer.")]
        content = repr([numbers, [(one.name, one.shape, one.change, one.values) for one in plan.tensors]])
        if not plan.blockers and content not in seen:
            seen.add(content)
            yield f"{case.name} = {case.value!r:.30}", plan


def complaint(plan: ConversionPlan, file: Path, engine: Engine) -> str:
    """What llama.cpp has against a plan's file; nothing where it computes finite logits."""
    convert(plan, file, overwrite=True, threads=1)
    try:
        return "" if np.isfinite(engine.table(file, TOKENS)).all() else "not finite"
    except AssertionError as error:
        lines = str(error).splitlines()
        return next((line for line in lines if "ASSERT" in line or "error" in line), lines[-1] if lines else "it died")


def complaints(family: Architecture, place: Path, engine: Engine, values: tuple[Any, ...]) -> list[str]:
    """About all files that the sweep over a family is not refused."""
    found = (
        (what, complaint(plan, place / "file.gguf", engine))
        for what, plan in plans(family, folder_of(family, place), values)
    )
    return [f"{what}: {why}" for what, why in found if why]


def first_of_each_graph(graphs: Iterable[str] = ()) -> list[Architecture]:
    """One family for each of `graphs`, for all by default."""
    first = {family.gguf: family for family in reversed(ARCHITECTURES)}
    return [first[graph] for graph in graphs or sorted(first)]


def main() -> None:
    engine = Engine(EngineKind.LLAMA_CPP)
    for family in first_of_each_graph(sys.argv[1:]):
        with tempfile.TemporaryDirectory() as place:
            found = complaints(family, Path(place), engine, (*VALUES, *ALLOWED))
        print(family.gguf, len(found), *found, sep="\n  ", flush=True)
    engine.close()


if __name__ == "__main__":
    main()
