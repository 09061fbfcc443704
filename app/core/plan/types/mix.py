"""Which type each tensor gets when a model is quantized: llama.cpp's mixes (src/llama-quant.cpp).

A mix has a base type; layers and tensors to which the model is more sensitive get more bits, and rows that are no whole
blocks another type.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.ggml_types import TENSOR_TYPES, Output, T
from app.core.model.expected_tensors import Shape
from app.core.model.imatrix import EMBEDDINGS


@dataclass(frozen=True)
class MixFacts:
    """What the rules look at. `group_size` is the number of query heads that share a key head in the first layer."""

    layer_count: int
    expert_count: int
    group_size: int
    is_70b: bool = False
    has_imatrix: bool = False


# Matrices that stay as they are: same file, tensor_allows_quantization
KEPT = re.compile(
    r"_norm\.weight|ffn_gate_inp\.weight|ffn_gate_tid2eid\.weight|altup|laurel|per_layer_model_proj|ssm_conv1d"
    r"|shortconv\.conv\.weight|indexer\.[kq]_proj\.weight|attn_rel_b\.weight|position_embd|token_types"
    r"|time_mix_(first|w[012]|v[012]|a[012]|g[12]|decay_w[12]|lerp_fused)\.weight"
)
VALUES = ("attn_v.weight", "attn_qkv.weight", "attn_kv_b.weight")
MIXTRAL_OUTPUT = ("q2_k", "q3_k_s", "q3_k_m", "iq4_nl", "q4_k_s", "q4_k_m", "iq4_xs")
EIGHT_EXPERTS = 8  # the mixes know Mixtral


@dataclass(frozen=True)
class _Place:
    """A tensor among its like: the `index`-th of `count`."""

    index: int
    count: int

    @property
    def gets_more_bits(self) -> bool:
        """The first and last eighth, and every third layer between."""
        eighth = self.count // 8
        return self.index < eighth or self.index >= 7 * self.count // 8 or (self.index - eighth) % 3 == 2


def mixed_types(
    output: Output, tensors: Mapping[str, Shape], facts: MixFacts, overridden: Collection[str] = ()
) -> dict[str, GGMLQuantizationType]:
    """The type of every tensor that a mix quantizes, by GGUF name; shapes are rows first.

    Tensors that are not in the answer stay as they are. Those that got a type `overridden` are not counted among their
    like, as in llama_tensor_get_type.
    """
    assert output.base is not None
    mixer = _Mixer(output.output_type.value, output.base, tensors, facts)
    quantized = (
        tensor for tensor, shape in tensors.items() if is_quantized(tensor, shape) and tensor not in overridden
    )
    names = sorted(quantized, key=_in_file_order)
    return {tensor: fitting(mixer.wanted(tensor, tensors[tensor]), tensors[tensor]) for tensor in names}


def is_quantized(tensor: str, shape: Shape) -> bool:
    """Whether llama.cpp quantizes a tensor at all."""
    return sum(length > 1 for length in shape) > 1 and tensor.endswith("weight") and KEPT.search(tensor) is None


def fitting(wanted: GGMLQuantizationType, shape: Shape) -> GGMLQuantizationType:
    """`wanted`, or what takes its place for rows that are no whole blocks."""
    if shape[-1] % GGML_QUANT_SIZES[wanted][0] == 0:
        return wanted
    instead = TENSOR_TYPES[wanted].fallback or wanted
    return instead if shape[-1] % GGML_QUANT_SIZES[instead][0] == 0 else T.F16


def _in_file_order(name: str) -> tuple[int, str]:
    """llama.cpp counts layer by layer, by name within a layer (src/llama-model-loader.h, weight_name_comparer)."""
    return _layer(name), name


def _layer(name: str) -> int:
    number = re.match(r"blk\.(\d+)\.", name)
    return int(number[1]) if number else -1


class _Mixer:
    """Goes through the tensors in the order of the file, and counts those that are alike."""

    def __init__(self, name: str, base: T, tensors: Mapping[str, Shape], facts: MixFacts) -> None:
        self._name, self._base, self._facts = name, base, facts
        self._is_tied = "output.weight" not in tensors
        self._value_count = sum(tensor.endswith(VALUES) for tensor in tensors)
        self._values_seen = self._downs_seen = 0

    def wanted(self, tensor: str, shape: Shape) -> GGMLQuantizationType:
        """The type that `tensor` would get if its rows fitted (llama_tensor_get_type_impl)."""
        is_embedding = tensor in EMBEDDINGS
        if tensor == "output.weight" or (self._is_tied and is_embedding):
            fits = shape[-1] % GGML_QUANT_SIZES[self._base][0] == 0
            return T.Q8_0 if not fits or self._base in (T.MXFP4, T.NVFP4) else T.Q6_K
        if self._base is T.MXFP4:
            return T.MXFP4 if len(shape) > 2 else T.Q8_0
        if is_embedding:
            return T.Q8_0 if self._base is T.NVFP4 else self._base
        if tensor.endswith(VALUES):
            self._values_seen += 1
            return self._values(_Place(self._values_seen - 1, self._value_count))
        if tensor.endswith("attn_k.weight"):
            return T.Q8_0 if self._facts.expert_count == EIGHT_EXPERTS else self._base
        if "ffn_down" in tensor:
            self._downs_seen += 1
            index = _layer(tensor) if self._facts.expert_count > 1 else self._downs_seen - 1
            return self._downs(_Place(index, self._facts.layer_count))
        return self._projections() if tensor.endswith("attn_output.weight") else self._base

    def _values(self, place: _Place) -> GGMLQuantizationType:
        base, shares = self._base, self._facts.group_size >= 4
        found = {
            "q2_k": T.Q4_K if shares else T.Q3_K,
            "q3_k_m": T.Q5_K if place.index < 2 else T.Q4_K,
            "q3_k_l": T.Q5_K,
            "iq4_nl": T.Q5_K if shares else base,
            "iq4_xs": T.Q5_K if shares else base,
            "q4_k_m": T.Q6_K if place.gets_more_bits else base,
            "q5_k_m": T.Q6_K if place.gets_more_bits else base,
            "q4_k_s": T.Q5_K if place.index < 4 else base,
        }.get(self._name, base)
        if self._facts.is_70b and found in (T.Q3_K, T.Q4_K):
            found = T.Q5_K
        return T.Q8_0 if self._facts.expert_count == EIGHT_EXPERTS else found

    def _downs(self, place: _Place) -> GGMLQuantizationType:
        base, has_imatrix = self._base, self._facts.has_imatrix
        is_early = place.index < place.count // 8
        return {
            "q2_k": T.Q3_K,
            "q3_k_m": T.Q5_K if place.index < place.count // 16 else T.Q4_K,
            "q3_k_l": T.Q5_K,
            "q4_k_m": T.Q6_K if place.gets_more_bits else base,
            "q5_k_m": T.Q6_K if place.gets_more_bits else base,
            "q4_k_s": T.Q5_K if is_early else base,
            "iq4_nl": T.Q5_K if is_early and not has_imatrix else base,
            "iq4_xs": T.Q5_K if is_early and not has_imatrix else base,
            "q4_0": T.Q4_1 if is_early and has_imatrix else base,
            "q5_0": T.Q5_1 if is_early and has_imatrix else base,
        }.get(self._name, base)

    def _projections(self) -> GGMLQuantizationType:
        if self._facts.expert_count == EIGHT_EXPERTS:
            return T.Q5_K if self._name in MIXTRAL_OUTPUT else self._base
        return {"q2_k": T.Q3_K, "q3_k_m": T.Q4_K, "q3_k_l": T.Q5_K}.get(self._name, self._base)
