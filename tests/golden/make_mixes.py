"""Make tests/golden/mixes.json: types and bytes that llama.cpp's quantizer gives every tensor, for every mix; and
weighted_mixes.json: the same with an importance matrix, without and with types for single tensors, and which types it
refuses without a matrix.

    python -m tests.golden.make_mixes --llama LIBLLAMA.so

It quantizes our own unquantized files, on x86-64. LIBLLAMA.so is llama.cpp's library (the source package of
llama-cpp-python builds one).
"""

import argparse
import ctypes
import hashlib
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OUTPUTS, TENSOR_TYPES, OutputType, Recipe
from app.core.plan import PlanOptions
from app.core.plan.types.tensor_choices import TensorChoice, TensorChoices, parse_choice, pattern_of
from tests.core.imatrix_by_hand import entries_for, shapes_of
from tests.golden.golden_json import write_golden
from tests.golden.mix_models import CASES, save_case
from tests.quick_reader import QuickReader

TARGET = Path(__file__).with_name("mixes.json")
WEIGHTED_TARGET = Path(__file__).with_name("weighted_mixes.json")
WEIGHTED = ("four-experts", "odd-rows")
ONE_TENSOR = "blk.0.attn_q.weight"
PATTERNS = (
    *(r"blk\.[02]\.attn_v=q8_0", r"blk\.1\.attn_(v|k)=q5_1", r"blk\.0\.ffn_.*_exps=q6_k", r"blk\.[13]\.ffn_gate=bf16"),
    *("norm=q4_0", "ffn_gate_inp=q4_0", "^output=f16", "token_embd=q5_k", "token_embd=f32"),
)
PLACES = tuple(f"blk.{layer}.{part}.weight" for part in ("attn_q", "attn_k", "attn_output") for layer in range(8))
# Patterns that overlap or find what stays as it is, and every type somewhere
CHOICES: TensorChoices = (
    *map(parse_choice, PATTERNS),
    *(TensorChoice(pattern_of(name), kind) for name, kind in zip(PLACES, TENSOR_TYPES, strict=True)),
)
# The types of the files of all mixes, but for the one that llama.cpp's quantizer does not make
REFERENCE_MIXES = {
    kind.value: int(one.file_type)
    for kind, one in OUTPUTS.items()
    if one.recipe is Recipe.MIX and one.file_type is not None and kind is not OutputType.NVFP4
}


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


class ImatrixData(ctypes.Structure):
    """llama.h, llama_model_imatrix_data; one without a name ends the list."""

    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class TypeOverride(ctypes.Structure):
    """llama.h, llama_model_tensor_override."""

    _fields_ = [("pattern", ctypes.c_char_p), ("type", ctypes.c_int)]


def quantizer(library: Path) -> Any:
    llama = ctypes.CDLL(str(library))
    llama.llama_model_quantize_default_params.restype = QuantizeParameters
    llama.llama_model_quantize.restype = ctypes.c_uint32
    llama.llama_model_quantize.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(QuantizeParameters)]
    llama.llama_backend_init()

    def quantize(
        source: Path, target: Path, file_type: int, means: dict[str, Any] | None = None, choices: TensorChoices = ()
    ) -> bool:
        parameters = llama.llama_model_quantize_default_params()
        parameters.nthread, parameters.ftype = 2, file_type
        numbers = [
            ImatrixData(name.encode(), values.ctypes.data, values.size) for name, values in (means or {}).items()
        ]
        matrix = (ImatrixData * (len(numbers) + 1))(*numbers)
        wishes = [TypeOverride(one.pattern.encode(), int(one.type)) for one in choices]
        overrides = (TypeOverride * (len(wishes) + 1))(*wishes)
        parameters.imatrix = ctypes.addressof(matrix) if means else None
        parameters.tt_overrides = ctypes.addressof(overrides) if choices else None
        code = llama.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(parameters))
        return bool(code == 0)

    return quantize


def digests(file: Path) -> dict[str, str]:
    """'TYPE:sha256' of every tensor, the digest cut to 16 digits."""
    return {
        tensor.name: f"{tensor.tensor_type.name}:{hashlib.sha256(tensor.data.tobytes()).hexdigest()[:16]}"
        for tensor in QuickReader(file).tensors
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


def entries_of(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Sums and counts of an importance matrix for all tensors that any type could use it for."""
    options = PlanOptions(OutputType.Q4_0)
    return entries_for(shapes_of(prepare_plan(open_checkpoint(folder), options)))


def means_of(entries: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """What tools/quantize makes of them: 1 for an expert that was never asked."""
    return {
        name: np.where(counts > 0, sums / np.maximum(counts, np.float32(1)), np.float32(1)).astype(np.float32)
        for name, (sums, counts) in entries.items()
    }


def refusals(quantize: Any, source: Path, means: dict[str, np.ndarray] | None) -> list[str]:
    """Types that one tensor cannot be given."""
    file_type, target = REFERENCE_MIXES["q4_0"], source.with_name("q.gguf")
    choices = {kind.name: (TensorChoice(pattern_of(ONE_TENSOR), kind),) for kind in TENSOR_TYPES}
    return [name for name, choice in choices.items() if not quantize(source, target, file_type, means, choice)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llama", type=Path, required=True)
    quantize = quantizer(parser.parse_args().llama)
    found: dict[str, Any] = {}
    weighted: dict[str, Any] = {}
    refused: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in CASES:
            root = Path(scratch)
            folder = save_case(name, root / name)
            source = convert(prepare_plan(open_checkpoint(folder), PlanOptions()), root / f"{name}.gguf").path

            def result(mix: str, *how: Any, source: Path = source, target: Path = root / "q.gguf") -> dict[str, str]:
                assert quantize(source, target, REFERENCE_MIXES[mix], *how), f"{source.name}: {mix} is refused"
                return condensed(digests(target))

            found[name] = {mix: result(mix) for mix in REFERENCE_MIXES}
            if name in WEIGHTED:
                means = means_of(entries_of(folder))
                weighted[name] = {
                    mix: {"": result(mix, means), "choices": result(mix, means, CHOICES)} for mix in REFERENCE_MIXES
                }
                refused[name] = {"with": refusals(quantize, source, means), "without": refusals(quantize, source, None)}
            print(name, flush=True)
    weighted["refused"] = refused
    for target, references in ((TARGET, found), (WEIGHTED_TARGET, weighted)):
        write_golden(target, references)


if __name__ == "__main__":
    main()
