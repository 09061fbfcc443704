"""Log-probabilities of the whole vocabulary at each position of a prompt, each engine in a process of its own.

llama.cpp's server tells only the likeliest; its library, out of the xllamacpp wheel, tells all.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float32]  # a row for each position
SECONDS = 300


def log_probabilities(engine: str, model: Path, prompt: Sequence[int], scratch: Path) -> Table:
    """`engine`: llama_cpp or mlx, which computes with float32 activations."""
    target = scratch / f"{engine}.npy"
    command = [sys.executable, "-m", "tests.engines.logits", engine, str(model), json.dumps(list(prompt)), str(target)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return np.load(target)


def mean_divergence(truth: Table, other: Table) -> float:
    """Kullback-Leibler, in nats: what is lost at a position when `other` is taken for `truth`."""
    wide = truth.astype(np.float64)
    return float((np.exp(wide) * (wide - other)).sum(axis=1).mean())


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


def in_mlx(folder: Path, prompt: Sequence[int]) -> Table:
    from tests.engines.mlx import logits_of

    return np.array(logits_of(folder, prompt))


def main() -> None:
    engine, model, prompt, target = sys.argv[1:]
    logits = {"llama_cpp": in_llama_cpp, "mlx": in_mlx}[engine](Path(model), json.loads(prompt))
    logits -= logits.max(axis=1, keepdims=True)
    np.save(target, logits - np.log(np.exp(logits).sum(axis=1, keepdims=True, dtype=np.float64)).astype(np.float32))
    sys.stdout.flush()
    os._exit(0)  # llama.cpp's threads may not end by themselves


if __name__ == "__main__":
    main()
