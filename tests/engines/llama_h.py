"""The functions of llama.h, out of the library that the xllamacpp wheel carries.

Structs are only handed on, so that no layout of them is written down here.
"""

import ctypes
from typing import Any

from xllamacpp import xllamacpp


class Opaque(ctypes.Structure):
    """Stands for each of llama.h's structs that are passed by value; larger than any, which does no harm."""

    _fields_ = [("content", ctypes.c_uint64 * 64)]


POINTER, INTEGER = ctypes.c_void_p, ctypes.c_int32
LIBRARY = ctypes.CDLL(xllamacpp.__file__)


def _function(name: str, result: Any, *arguments: Any) -> Any:
    found = LIBRARY[name]
    found.restype, found.argtypes = result, arguments
    return found


model_parameters = _function("llama_model_default_params", Opaque)
context_parameters = _function("llama_context_default_params", Opaque)
load_model = _function("llama_model_load_from_file", POINTER, ctypes.c_char_p, Opaque)
make_context = _function("llama_init_from_model", POINTER, POINTER, Opaque)
set_threads = _function("llama_set_n_threads", None, POINTER, INTEGER, INTEGER)
vocabulary_of = _function("llama_model_get_vocab", POINTER, POINTER)
token_count = _function("llama_vocab_n_tokens", INTEGER, POINTER)
logits_at = _function("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), POINTER, INTEGER)
free_context = _function("llama_free", None, POINTER)
free_model = _function("llama_model_free", None, POINTER)
load_adapter = _function("llama_adapter_lora_init", POINTER, POINTER, ctypes.c_char_p)
_set_adapters = _function(
    "llama_set_adapters_lora",
    *(INTEGER, POINTER, ctypes.POINTER(POINTER), ctypes.c_size_t, ctypes.POINTER(ctypes.c_float)),
)
_make_batch = _function("llama_batch_get_one", Opaque, ctypes.POINTER(INTEGER), INTEGER)
_decode = _function("llama_decode", INTEGER, POINTER, Opaque)


def compute_token(context: Any, token: int) -> bool:
    """One step with a token; whether it could be taken."""
    return bool(_decode(context, _make_batch((INTEGER * 1)(token), 1)) == 0)


def set_adapter(context: Any, adapter: Any, scale: float) -> bool:
    """What is computed from now on counts with this adapter; whether that could be done."""
    return bool(_set_adapters(context, (POINTER * 1)(adapter), 1, (ctypes.c_float * 1)(scale)) == 0)
