"""What both engines are asked about the tiny model of a family, and how far their answers may lie apart."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.engines.ask import Engine, agreement, largest_difference
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.tiny_checkpoints import with_tokenizer

PROMPT = [2, *range(20, 330, 10)]
ALLOWED = 0.05  # nats, over the 20 likeliest tokens of either


def expect_same_probabilities(
    model: FamilyModel, engines: tuple[Engine, Engine], root: Path, changes: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """llama.cpp with our file says what mlx-lm says with its own folder; `changes` to config.json."""
    how = model.engines
    published = save_published(model, root / "published", {**how.get("set", {}), **changes})
    folder = with_tokenizer(save_mlx(published, root / "model"))
    written = convert(prepare_plan(open_checkpoint(folder), PlanOptions(OutputType.F32)), root / "file.gguf").path
    llama_cpp, mlx = (engine.ask(path, PROMPT) for engine, path in zip(engines, (written, folder), strict=True))
    spread = min(max(position.values()) - min(position.values()) for position in mlx.next_tokens)
    assert spread > 1  # nats between the likeliest token and the twentieth
    assert largest_difference(llama_cpp, mlx) < how.get("allowed", ALLOWED)
    assert agreement(llama_cpp, mlx) >= 0.9  # nearly equal ones may change places
