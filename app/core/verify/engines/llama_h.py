"""The functions of llama.h, out of the library that the xllamacpp wheel carries.

llama.h promises no layout of its parameters. What is set here stands before anything that its versions have moved, and
is looked at first: where the defaults are not where we know them, nothing is computed.
"""

import ctypes
from collections.abc import Mapping
from typing import Any

from xllamacpp import xllamacpp

from app.core.verify.engines.model import FailedError, Failure

POINTER, INTEGER, UNSIGNED, FLOAT, BYTE = (
    ctypes.c_void_p,
    ctypes.c_int32,
    ctypes.c_uint32,
    ctypes.c_float,
    ctypes.c_int8,
)
REST = ("rest", ctypes.c_uint64 * 32)  # more than any version has behind the fields that are named
F16, F32 = 1, 0  # ggml.h, enum ggml_type
AUTO, DISABLED = -1, 0  # llama.h, enum llama_flash_attn_type
CPU_ONLY = (POINTER * 1)(None)  # an empty list of devices


class ModelParameters(ctypes.Structure):
    """llama_model_params, the beginning."""

    _fields_ = [
        ("devices", POINTER),
        ("buffer_types", POINTER),
        ("gpu_layers", INTEGER),
        REST,
    ]


class ContextParameters(ctypes.Structure):
    """llama_context_params, as far as the types of the cache."""

    _fields_ = [
        *((name, UNSIGNED) for name in ("n_ctx", "n_batch", "n_ubatch", "n_seq_max", "n_rs_seq")),
        *((name, UNSIGNED) for name in ("n_outputs_max", "n_outputs_max_per_seq")),
        *((name, INTEGER) for name in ("n_threads", "n_threads_batch", "ctx_type")),
        *((name, INTEGER) for name in ("rope_scaling_type", "pooling_type", "attention_type", "flash_attn_type")),
        *((name, FLOAT) for name in ("rope_freq_base", "rope_freq_scale", "yarn_ext_factor", "yarn_attn_factor")),
        *((name, FLOAT) for name in ("yarn_beta_fast", "yarn_beta_slow")),
        ("yarn_orig_ctx", UNSIGNED),
        ("defrag_thold", FLOAT),
        *((name, POINTER) for name in ("cb_eval", "cb_eval_user_data")),
        *((name, INTEGER) for name in ("type_k", "type_v")),
        REST,
    ]


class Batch(ctypes.Structure):
    """llama_batch: tokens, their positions, and for which logits are wanted."""

    _fields_ = [
        ("n_tokens", INTEGER),
        ("token", ctypes.POINTER(INTEGER)),
        ("embd", ctypes.POINTER(FLOAT)),
        ("pos", ctypes.POINTER(INTEGER)),
        ("n_seq_id", ctypes.POINTER(INTEGER)),
        ("seq_id", ctypes.POINTER(ctypes.POINTER(INTEGER))),
        ("logits", ctypes.POINTER(BYTE)),
    ]


# The defaults of llama_context_default_params and llama_model_default_params (llama-context.cpp, llama-model.cpp).
MODEL_DEFAULTS = {"devices": None, "buffer_types": None, "gpu_layers": -1}
CONTEXT_DEFAULTS = {
    **{"n_ctx": 512, "n_batch": 2048, "n_ubatch": 512, "n_seq_max": 1},
    **{"rope_scaling_type": -1, "pooling_type": -1, "attention_type": -1, "flash_attn_type": AUTO},
    **{"yarn_ext_factor": -1.0, "yarn_beta_slow": -1.0, "cb_eval": None, "type_k": F16, "type_v": F16},
}

LIBRARY = ctypes.CDLL(xllamacpp.__file__)


def _function(name: str, result: Any, *arguments: Any) -> Any:
    found = LIBRARY[name]
    found.restype, found.argtypes = result, arguments
    return found


_model_parameters = _function("llama_model_default_params", ModelParameters)
_context_parameters = _function("llama_context_default_params", ContextParameters)
load_model = _function("llama_model_load_from_file", POINTER, ctypes.c_char_p, ModelParameters)
make_context = _function("llama_init_from_model", POINTER, POINTER, ContextParameters)
set_threads = _function("llama_set_n_threads", None, POINTER, INTEGER, INTEGER)
vocabulary_of = _function("llama_model_get_vocab", POINTER, POINTER)
token_count = _function("llama_vocab_n_tokens", INTEGER, POINTER)
is_end = _function("llama_vocab_is_eog", ctypes.c_bool, POINTER, INTEGER)
memory_of = _function("llama_get_memory", POINTER, POINTER)
clear_memory = _function("llama_memory_clear", None, POINTER, ctypes.c_bool)
logits_at = _function("llama_get_logits_ith", ctypes.POINTER(FLOAT), POINTER, INTEGER)
free_context = _function("llama_free", None, POINTER)
free_model = _function("llama_model_free", None, POINTER)
load_adapter = _function("llama_adapter_lora_init", POINTER, POINTER, ctypes.c_char_p)
make_batch = _function("llama_batch_init", Batch, INTEGER, INTEGER, INTEGER)
free_batch = _function("llama_batch_free", None, Batch)
decode = _function("llama_decode", INTEGER, POINTER, Batch)
_tokenize = _function(
    "llama_tokenize",
    *(INTEGER, POINTER, ctypes.c_char_p, INTEGER, ctypes.POINTER(INTEGER), INTEGER, ctypes.c_bool, ctypes.c_bool),
)
_to_piece = _function(
    "llama_token_to_piece", INTEGER, POINTER, INTEGER, ctypes.c_char_p, INTEGER, INTEGER, ctypes.c_bool
)
_set_adapters = _function(
    "llama_set_adapters_lora",
    *(INTEGER, POINTER, ctypes.POINTER(POINTER), ctypes.c_size_t, ctypes.POINTER(FLOAT)),
)


def model_parameters() -> ModelParameters:
    """For a model on the CPU alone. Raises FailedError."""
    found: ModelParameters = _checked(_model_parameters(), MODEL_DEFAULTS)
    found.devices, found.gpu_layers = ctypes.cast(CPU_ONLY, POINTER).value, 0
    return found


def context_parameters() -> ContextParameters:
    """For 512 tokens, keys and values in float32, without flash attention. Raises FailedError."""
    found: ContextParameters = _checked(_context_parameters(), CONTEXT_DEFAULTS)
    found.type_k = found.type_v = F32
    found.flash_attn_type = DISABLED
    return found


def _checked(parameters: Any, defaults: Mapping[str, float | None]) -> Any:
    for name, value in defaults.items():
        if getattr(parameters, name) != value:
            raise FailedError(Failure.VERSION, name)
    return parameters


def tokenize(vocabulary: Any, text: str, add_special: bool, parse_special: bool) -> list[int]:
    """The ids of a text; `add_special`: with the tokens that the vocabulary puts around it."""
    raw = text.encode()
    room = len(raw) + 8  # a token for each byte, and what is put around
    ids = (INTEGER * room)()
    count = _tokenize(vocabulary, raw, len(raw), ids, room, add_special, parse_special)
    if count < 0:  # so many are needed
        ids = (INTEGER * -count)()
        count = _tokenize(vocabulary, raw, len(raw), ids, -count, add_special, parse_special)
    return list(ids[:count])


def to_piece(vocabulary: Any, token: int) -> bytes:
    """The bytes of a token, special ones included."""
    room = 64
    buffer = ctypes.create_string_buffer(room)
    count = _to_piece(vocabulary, token, buffer, room, 0, True)
    if count < 0:
        room = -count
        buffer = ctypes.create_string_buffer(room)
        count = _to_piece(vocabulary, token, buffer, room, 0, True)
    return buffer.raw[:count]


def set_adapter(context: Any, adapter: Any, scale: float) -> bool:
    """What is computed from now on counts with this adapter; whether that could be done."""
    return bool(_set_adapters(context, (POINTER * 1)(adapter), 1, (FLOAT * 1)(scale)) == 0)
