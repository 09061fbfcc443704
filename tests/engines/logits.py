"""Log-probabilities of the whole vocabulary at each position of a prompt, each engine in a process of its own.

llama.cpp's server tells only the likeliest; its library, out of the xllamacpp wheel, tells all.
"""

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.ggml_library import _library

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


class Opaque(ctypes.Structure):
    """Stands for each of llama.h's structs that are passed by value; larger than any, which does no harm."""

    _fields_ = [("content", ctypes.c_uint64 * 64)]


POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int32
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {  # llama.h
    "llama_model_default_params": (Opaque, []),
    "llama_context_default_params": (Opaque, []),
    "llama_model_load_from_file": (POINTER, [ctypes.c_char_p, Opaque]),
    "llama_init_from_model": (POINTER, [POINTER, Opaque]),
    "llama_set_n_threads": (None, [POINTER, INTEGER, INTEGER]),
    "llama_model_get_vocab": (POINTER, [POINTER]),
    "llama_vocab_n_tokens": (INTEGER, [POINTER]),
    "llama_batch_get_one": (Opaque, [POINTER, INTEGER]),
    "llama_decode": (INTEGER, [POINTER, Opaque]),
    "llama_get_logits_ith": (ctypes.POINTER(ctypes.c_float), [POINTER, INTEGER]),
}


def in_llama_cpp(file: Path, prompt: Sequence[int]) -> Table:
    """One token after the other, as when it generates; all settings are llama.cpp's defaults."""
    library = _library()
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    model = library.llama_model_load_from_file(str(file).encode(), library.llama_model_default_params())
    assert model, "llama.cpp did not load the file"
    context = library.llama_init_from_model(model, library.llama_context_default_params())
    threads = os.cpu_count() or 1
    library.llama_set_n_threads(context, threads, threads)
    count = library.llama_vocab_n_tokens(library.llama_model_get_vocab(model))
    rows = np.empty((len(prompt), count), np.float32)
    for row, token in zip(rows, prompt, strict=True):
        assert library.llama_decode(context, library.llama_batch_get_one((INTEGER * 1)(token), 1)) == 0
        row[:] = np.ctypeslib.as_array(library.llama_get_logits_ith(context, -1), (count,))
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
