"""Make tests/golden/mixes.json: types and bytes that llama.cpp's quantizer gives every tensor, for every mix.

    python -m tests.golden.make_mixes --llama LIBLLAMA.so

It quantizes our own unquantized files, on x86-64. LIBLLAMA.so is llama.cpp's library (the source package of
llama-cpp-python builds one).
"""

import argparse
import ctypes
import hashlib
import json
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

import gguf

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.plan import PlanOptions
from app.core.plan.mix import MIXES
from tests.golden.mix_models import CASES, save_case

TARGET = Path(__file__).with_name("mixes.json")
REFERENCE_MIXES = tuple(mix for mix in MIXES if mix != "nvfp4")  # which llama.cpp's quantizer does not make


class QuantizeParameters(ctypes.Structure):
    """llama.h, llama_model_quantize_params."""

    _fields_ = [
        ("nthread", ctypes.c_int32),
        ("ftype", ctypes.c_int),
        ("output_tensor_type", ctypes.c_int),
        ("token_embedding_type", ctypes.c_int),
        *((name, ctypes.c_bool) for name in ("allow_requantize", "quantize_output_tensor", "only_copy", "pure")),
        *((name, ctypes.c_bool) for name in ("keep_split", "dry_run")),
        *((name, ctypes.c_void_p) for name in ("imatrix", "kv_overrides", "tt_overrides", "prune_layers")),
        ("max_buf_size", ctypes.c_size_t),
    ]


def quantizer(library: Path) -> Any:
    llama = ctypes.CDLL(str(library))
    llama.llama_model_quantize_default_params.restype = QuantizeParameters
    llama.llama_model_quantize.restype = ctypes.c_uint32
    llama.llama_model_quantize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(QuantizeParameters)]
    llama.llama_backend_init()

    def quantize(source: Path, target: Path, file_type: int) -> None:
        parameters = llama.llama_model_quantize_default_params()
        parameters.nthread, parameters.ftype = 2, file_type
        code = llama.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(parameters))
        assert code == 0, f"{source.name}: llama_model_quantize returned {code}"

    return quantize


def digests(file: Path) -> dict[str, str]:
    """'TYPE:sha256' of every tensor, the digest cut to 16 digits."""
    return {
        tensor.name: f"{tensor.tensor_type.name}:{hashlib.sha256(tensor.data.tobytes()).hexdigest()[:16]}"
        for tensor in gguf.GGUFReader(file).tensors
    }


def condensed(tensors: dict[str, str]) -> dict[str, str]:
    """Types in the order of the names, with how many follow each other, and one digest over all bytes."""
    names = sorted(tensors)
    runs = groupby(tensors[name].split(":")[0] for name in names)
    text = "\n".join(f"{name} {tensors[name]}" for name in names)
    return {
        "types": " ".join(f"{len(list(run))}×{kind}" for kind, run in runs),
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama", type=Path, required=True)
    quantize = quantizer(parser.parse_args().llama)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in CASES:
            root = Path(scratch)
            checkpoint = open_checkpoint(save_case(name, root / name))
            source = convert(prepare_plan(checkpoint, PlanOptions()), root / f"{name}.gguf").path
            found[name] = {}
            for mix in REFERENCE_MIXES:
                quantize(source, root / "q.gguf", int(MIXES[mix].file_type))
                found[name][mix] = condensed(digests(root / "q.gguf"))
            print(name, flush=True)
    TARGET.write_text(json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
