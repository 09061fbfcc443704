"""Log-probabilities of the whole vocabulary at each position of a prompt, each engine in a process of its own.

llama.cpp's server tells only the likeliest; its library, out of the xllamacpp wheel, tells all. The process answers one
question after another (a line of JSON each, on stdin).
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.engines.ask import MARK, Engine

Table = npt.NDArray[np.float32]  # a row for each position


def log_probabilities(
    engine: str, model: Path, prompt: Sequence[int], scratch: Path, adapter: Path | None = None
) -> Table:
    """`engine`: llama_cpp or mlx, which computes with float32 activations, and takes an adapter beside the model."""
    process = Engine("logits")
    try:
        return table_from(process, engine, model, prompt, scratch, adapter)
    finally:
        process.close()


def table_from(
    process: Engine, engine: str, model: Path, prompt: Sequence[int], scratch: Path, adapter: Path | None = None
) -> Table:
    """The same from a process that has been answering for this engine."""
    target = scratch / f"{engine}.npy"
    question = {"engine": engine, "model": str(model), "prompt": list(prompt), "target": str(target)}
    process.answer({**question, "adapter": adapter and str(adapter)})
    return np.load(target)


def mean_divergence(truth: Table, other: Table) -> float:
    """Kullback-Leibler, in nats: what is lost at a position when `other` is taken for `truth`."""
    return float(divergences(truth, other).mean())


def divergences(truth: Table, other: Table) -> npt.NDArray[np.float64]:
    """The same for each position."""
    wide = truth.astype(np.float64)
    found: npt.NDArray[np.float64] = (np.exp(wide) * (wide - other)).sum(axis=1)
    return found


def same_best(first: Table, second: Table) -> float:
    """The share of positions at which both hold the same token for the likeliest."""
    return float((first.argmax(axis=1) == second.argmax(axis=1)).mean())


def in_llama_cpp(file: Path, prompt: Sequence[int]) -> Table:
    """One token after the other, as when it generates; all settings are llama.cpp's defaults."""
    from tests.engines import llama_h

    model = llama_h.load_model(str(file).encode(), llama_h.model_parameters())
    assert model, "llama.cpp did not load the file"
    context = llama_h.make_context(model, llama_h.context_parameters())
    threads = os.cpu_count() or 1
    llama_h.set_threads(context, threads, threads)
    count = llama_h.token_count(llama_h.vocabulary_of(model))
    rows = np.empty((len(prompt), count), np.float32)
    for row, token in zip(rows, prompt, strict=True):
        assert llama_h.compute_token(context, token)
        row[:] = np.ctypeslib.as_array(llama_h.logits_at(context, -1), (count,))
    return rows


def in_mlx(folder: Path, prompt: Sequence[int], adapter: Path | None) -> Table:
    from tests.engines.mlx import logits_of

    return np.array(logits_of(folder, prompt, adapter))


def answer(question: dict[str, Any]) -> None:
    model, prompt, adapter = Path(question["model"]), question["prompt"], question["adapter"]
    logits = in_mlx(model, prompt, adapter) if question["engine"] == "mlx" else in_llama_cpp(model, prompt)
    logits -= logits.max(axis=1, keepdims=True)
    sums = np.exp(logits).sum(axis=1, keepdims=True, dtype=np.float64)
    np.save(question["target"], logits - np.log(sums).astype(np.float32))


def main() -> None:
    for line in sys.stdin:
        answer(json.loads(line))
        print(MARK + "{}", flush=True)
    os._exit(0)  # llama.cpp's threads may not end by themselves


if __name__ == "__main__":
    main()
