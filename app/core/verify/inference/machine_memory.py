"""How much memory an engine takes for a model, and whether this machine has it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.checkpoint import ModelTensor
from app.core.human_text import bytes_in_words
from app.core.model.identify import Model
from app.core.text import text
from app.core.verify.engines.model import BATCH
from app.core.verify.engines.process import EngineKind
from app.core.verify.results.no_comparison import NoComparisonError

LONGEST = 512  # tokens that an engine reads at once: the context that llama.cpp is given
SHARE = 0.8  # of a machine's memory that may be used; the rest is for what else runs there
TABLES = 6  # tables of BATCH rows that exist at the same time: what the engine has, and what log_softmax makes of it
PROGRAM = 256 << 20  # the engine's libraries and all that is small; measured: 120 MB
MARGIN = 512 << 20


@dataclass(frozen=True)
class Need:
    """Bytes for the weights, for keys and values of all positions, and for what is computed with them."""

    engine: EngineKind
    weights: int
    cache: int
    tables: int

    @property
    def total(self) -> int:
        """All of it, and the program."""
        return self.weights + self.cache + self.tables + PROGRAM

    @property
    def allowed(self) -> int:
        """By how much the engine's process may grow before it is ended: an estimate is not exact."""
        return self.total * 3 // 2 + MARGIN


def machine_bytes() -> int:
    """This machine's memory, whatever is free of it."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def needs_of(model: Model, file: Path, token_count: int) -> tuple[Need, Need]:
    """Of mlx-lm with the folder, and of llama.cpp with the file. `token_count`: of the vocabulary."""
    adapters = sum(one.adapter.file.byte_count for one in model.adapters)
    folder = sum(map(_bytes_in_mlx, model.checkpoint.tensors)) + adapters
    cache, tables = _cache(model), TABLES * BATCH * token_count * 4
    return Need(EngineKind.MLX_LM, folder, cache, tables), Need(
        EngineKind.LLAMA_CPP, file.stat().st_size, cache, tables
    )


def check_memory(needs: tuple[Need, ...], there: int) -> None:
    """`there`: what the machine has. Raises NoComparisonError."""
    for need in needs:
        if need.total > there * SHARE:
            raise NoComparisonError(
                text(
                    "{engine} would need about {needed} of memory for this model, and this machine has {there}: the "
                    "file was judged by its weights and its vocabulary alone.",
                    engine=need.engine.label,
                    needed=bytes_in_words(need.total),
                    there=bytes_in_words(there),
                )
            )


def _bytes_in_mlx(tensor: ModelTensor) -> int:
    if sys.platform == "darwin":
        return tensor.byte_count
    own = tensor.byte_count if tensor.quantization else 0
    return own + 4 * tensor.element_count  # cpu_products.py


def _cache(model: Model) -> int:
    """Keys and values in float32, as if all layers had as many as the one with the most."""
    heads = max(_numbers(model, "attention.head_count_kv") or _numbers(model, "attention.head_count") or [1])
    width = max(_numbers(model, "embedding_length") or [0])
    own = [max(_numbers(model, f"attention.{name}_length") or [0]) for name in ("key", "value")]
    head = sum(own) or 2 * width // max(_numbers(model, "attention.head_count") or [1])
    return LONGEST * model.layer_count * heads * head * 4


def _numbers(model: Model, key: str) -> list[int]:
    value: Any = model.values.get(f"{{arch}}.{key}")
    return [one for one in (value if isinstance(value, (list, tuple)) else [value]) if type(one) is int and one > 0]
