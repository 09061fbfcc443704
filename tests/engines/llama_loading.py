"""Loads GGUF files with llama.cpp (a line of JSON each, on stdin) and computes one token with each.

Through llama.h, for a server takes longer to start than a tiny model to compute. A file that is refused ends the
process, as one that llama.cpp aborts on does.
"""

import ctypes
import json
import os
import sys
from typing import Any

from xllamacpp import xllamacpp

from tests.engines.ask import MARK


class Opaque(ctypes.Structure):
    """A struct of llama.h, only handed on: longer than any of them, for what is passed by value may be too long."""

    _fields_ = (("words", ctypes.c_uint64 * 64),)


LIBRARY = ctypes.CDLL(xllamacpp.__file__)


def function(name: str, result: Any, *arguments: Any) -> Any:
    found = LIBRARY[name]
    found.restype, found.argtypes = result, arguments
    return found


pointer = ctypes.c_void_p
model_parameters = function("llama_model_default_params", Opaque)
context_parameters = function("llama_context_default_params", Opaque)
load_model = function("llama_model_load_from_file", pointer, ctypes.c_char_p, Opaque)
make_context = function("llama_init_from_model", pointer, pointer, Opaque)
make_batch = function("llama_batch_get_one", Opaque, ctypes.POINTER(ctypes.c_int32), ctypes.c_int32)
decode = function("llama_decode", ctypes.c_int32, pointer, Opaque)
free_context = function("llama_free", None, pointer)
free_model = function("llama_model_free", None, pointer)


def compute(path: str) -> None:
    model = load_model(path.encode(), model_parameters())
    context = make_context(model, context_parameters()) if model else None
    if not context or decode(context, make_batch((ctypes.c_int32 * 1)(0), 1)):
        sys.exit(f"llama.cpp refuses {path}")
    free_context(context)
    free_model(model)


def main() -> None:
    os.environ["GGML_NO_BACKTRACE"] = "1"  # where llama.cpp aborts it would start a debugger
    for line in sys.stdin:
        compute(json.loads(line)["model"])
        print(MARK + "{}", flush=True)


if __name__ == "__main__":
    main()
