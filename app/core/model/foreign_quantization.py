"""Weights that another tool quantized: by which method, and which program reads them.

Methods are transformers' (5.24, utils/quantization_config.py, QuantizationMethod), endings of names those of its
integrations. Who reads what: mlx-lm 0.32.2 utils.py, load_model and _transform_awq_weights; llama.cpp
conversion/base.py, dequant_model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.checkpoint import Checkpoint
from app.core.checkpoint.dtypes import FLOAT_DTYPES
from app.core.checkpoint.text_config import text_settings
from app.core.findings import Finding, blocker
from app.core.text import text

CODE = "foreign-quantization"
MLX_OWN = ("mxfp4", "mxfp8")  # transformers' names of what MLX computes with; GPT-OSS is published so
CONVERTED_FORMATS = ("pack-quantized", "float-quantized", "int-quantized", "naive-quantized", "nvfp4-pack-quantized")
BESIDE = "hf_quant_config.json"  # where ModelOpt writes its settings, which llama.cpp's converter reads too
WHOLE_NUMBERS = ("I64", "U64", "BOOL")  # positions and masks, never codes
FROM_LLAMA_CPP = text("Convert this folder with llama.cpp's convert_hf_to_gguf.py, which reads such weights.")
FROM_FULL = text(
    "Take the 16-bit model that this one was made from: neither mlx-lm nor llama.cpp's converter reads such weights."
)
NOT_NAMED = text(
    "config.json lacks the quantization_config that other programs need to read them. "
    "Download the model again, or take the 16-bit model that it was made from."
)
FROM_MLX_LM = text(
    "Save the model again with mlx_lm.convert --hf-path FOLDER --mlx-path NEW_FOLDER, which reads AWQ, "
    "and open the new folder."
)
NOT_LAZILY = text("Convert this folder with llama.cpp's convert_hf_to_gguf.py --no-lazy, which reads such weights.")


@dataclass(frozen=True)
class _Method:
    """`advice` holds where quantization_config has one of these values, or none, and some name has the ending."""

    title: str
    advice: str = FROM_FULL
    settings: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    ending: str = ""


METHODS: Mapping[str, _Method] = {
    "aqlm": _Method("AQLM"),
    "awq": _Method("AWQ", FROM_MLX_LM, {"bits": (4,), "version": ("gemm",)}),
    "bitnet": _Method(text("BitNet (ternary weights)"), NOT_LAZILY),
    "bitsandbytes": _Method("bitsandbytes"),
    "compressed-tensors": _Method("compressed-tensors", FROM_LLAMA_CPP, {"format": CONVERTED_FORMATS}),
    "eetq": _Method("EETQ"),
    "fp8": _Method("FP8", FROM_LLAMA_CPP),
    "gptq": _Method("GPTQ", FROM_LLAMA_CPP, {"bits": (2, 4, 8)}, ".g_idx"),
    "hqq": _Method("HQQ"),
    "metal": _Method("Metal"),
    "modelopt": _Method("ModelOpt", FROM_LLAMA_CPP),
}
# The first that ends any name tells the method where config.json is silent
SIGNS = (
    (".g_idx", "gptq"),
    (".qweight", "awq"),
    ("_scale_inv", "fp8"),
    (".weight_packed", "compressed-tensors"),
    (".absmax", "bitsandbytes"),
    (".SCB", "bitsandbytes"),
    (".weight_scale_2", "modelopt"),
    (".weight_scales", "eetq"),
    (".qbiases", "metal"),
    (".codebooks", "aqlm"),
    (".W_q", "hqq"),
)
BY_DTYPE = {"U8": "bitnet", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}  # of a weight that has a weight_scale


def foreign_quantization(checkpoint: Checkpoint) -> Finding | None:
    """Why tensors of a folder are missing, unknown or of the wrong shape, where another tool packed them.

    To be asked where something is wrong with them: mlx-lm loads plain weights whatever quantization_config says.
    """
    config = text_settings(checkpoint.config)
    raw = config.get("quantization_config") if config.get("quantization") is None else None
    settings = raw if isinstance(raw, dict) else {}
    dtypes = {tensor.name: tensor.dtype for tensor in checkpoint.tensors}
    named, seen = settings.get("quant_method"), _by_signs(dtypes)
    if not isinstance(named, str) and seen == "modelopt" and (checkpoint.folder / BESIDE).is_file():
        named = seen
    if not isinstance(named, str):
        return _of_method(METHODS[seen].title, NOT_NAMED) if seen else None
    if named in MLX_OWN or not (seen or _has_codes(dtypes.values())):
        return None
    method = METHODS.get(named, _Method(named))
    return _of_method(method.title, method.advice if _is_read(method, settings, dtypes) else FROM_FULL)


def _is_read(method: _Method, settings: Mapping[str, Any], names: Iterable[str]) -> bool:
    are_usual = all(settings.get(name) in (None, *usual) for name, usual in method.settings.items())
    return are_usual and any(name.endswith(method.ending) for name in names)


def _has_codes(dtypes: Iterable[str]) -> bool:
    return any(dtype not in (*FLOAT_DTYPES, *WHOLE_NUMBERS) for dtype in dtypes)


def _by_signs(dtypes: Mapping[str, str]) -> str:
    for ending, method in SIGNS:
        if any(name.endswith(ending) for name in dtypes):
            return method
    scaled = (name.removesuffix("_scale") for name in dtypes if name.endswith(".weight_scale"))
    return next((BY_DTYPE[dtypes[name]] for name in scaled if dtypes.get(name) in BY_DTYPE), "")


def _of_method(method: str, advice: str) -> Finding:
    return blocker(
        CODE,
        text("The weights were quantized with {method:.40}, not with MLX.", method=method),
        text("MLX Ferry reads weights that MLX quantized, or that are not quantized at all."),
        advice,
        "config.json",
    )
