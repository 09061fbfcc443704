"""Which GGUF type each tensor gets, and how many bytes that is: llama.cpp's rules (conversion/base.py)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, prod
from typing import NamedTuple

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from app.core.architectures.ops import NOTHING, Change
from app.core.checkpoint import ModelTensor
from app.core.ggml_types import FLOAT_TYPES, OUTPUTS, Output, OutputType, Recipe, T
from app.core.model.facts import Rounding, WeightFacts
from app.core.model.packing import exact_floats, exact_type, is_repacked, is_tiny
from app.core.plan.conversion_plan import Method, PlannedTensor
from app.core.plan.options import PlanOptions
from app.core.plan.types.fitting_types import has_whole_blocks, is_allowed, stays_f32
from app.core.plan.types.mix import MixFacts, fitting, mixed_types
from app.core.plan.types.tensor_choices import TensorChoice, choice_for
from app.core.text import text

LOUD = 0.5  # of a change: with more noise than that a type does not keep it
MXFP4, Q8_0 = GGMLQuantizationType.MXFP4, GGMLQuantizationType.Q8_0


@dataclass(frozen=True)
class Draft:
    """A tensor of the file that has no type yet; `key` is its canonical name."""

    name: str
    shape: tuple[int, ...]
    sources: tuple[ModelTensor, ...]
    change: Change = NOTHING
    has_file_type: bool = False  # although its name is that of a matrix that is always F32
    key: str = ""

    @property
    def source(self) -> ModelTensor:
        """Sources of one tensor are all stored in the same way, unless it `is_packed_in_several_ways`."""
        return self.sources[0]

    @property
    def is_packed_in_several_ways(self) -> bool:
        """Whether no blocks can hold the codes of all."""
        return len({source.quantization for source in self.sources}) > 1


@dataclass(frozen=True)
class TypeRules:
    """What decides about types besides the tensors themselves."""

    options: PlanOptions
    mix: MixFacts
    facts: WeightFacts

    def rounding(self, draft: Draft) -> Rounding | None:
        """What float16 scales would change, None if nothing."""
        roundings = self.facts.roundings
        found = [roundings[source.name] for source in draft.sources if source.name in roundings]
        if not found:
            return None
        return Rounding(sum(one.group_count for one in found), max(one.largest for one in found))

    def noise(self, draft: Draft) -> float:
        """What Q8_0 would round of an adapter's change, relative to it; 0 where nothing was looked at."""
        return max(self.facts.noises.get(source.name, 0.0) for source in draft.sources) if draft.sources else 0.0


class _Chosen(NamedTuple):
    type: GGMLQuantizationType
    method: Method
    reason: str = ""


def choose_types(drafts: Sequence[Draft], rules: TypeRules) -> list[PlannedTensor]:
    """Every tensor with its type, and how it gets it, in order."""
    output, mixed = OUTPUTS[rules.options.output_type], dict[str, GGMLQuantizationType]()
    choices = {draft.name: _choice(draft, rules) for draft in drafts} if rules.options.tensor_types else {}
    if output.recipe is Recipe.MIX:
        overridden = {name for name, choice in choices.items() if choice}
        mixed = mixed_types(output, {draft.name: draft.shape for draft in drafts}, rules.mix, overridden)
    return [
        _Chooser(draft, rules.rounding(draft), output, choices.get(draft.name), rules.noise(draft)).choose(
            mixed.get(draft.name)
        )
        for draft in drafts
    ]


def _choice(draft: Draft, rules: TypeRules) -> TensorChoice | None:
    """What a person chose, None where llama.cpp would not take it whatever the rows."""
    found = choice_for(draft.name, rules.options.tensor_types)
    return found if found and is_allowed(draft, found.type) and not stays_f32(draft.name, draft.shape) else None


@dataclass(frozen=True)
class _Chooser:
    """The type of one tensor."""

    draft: Draft
    rounding: Rounding | None
    output: Output
    choice: TensorChoice | None = None
    noise: float = 0.0

    def choose(self, mixed: GGMLQuantizationType | None) -> PlannedTensor:
        draft, (kind, method, reason) = self.draft, self._choose(mixed)
        return PlannedTensor(
            draft.name,
            draft.sources,
            draft.shape,
            kind,
            byte_size(draft.shape, kind),
            draft.change,
            method,
            reason,
            error=self._known_error(kind),
            choice=self.choice,
        )

    def _choose(self, mixed: GGMLQuantizationType | None) -> _Chosen:
        name, shape = self.draft.name, self.draft.shape
        fixed = self.output.base if self.output.recipe is Recipe.FIXED else None
        if stays_f32(name, shape) and not (self.draft.has_file_type and fixed is not None):
            return self._encoded(T.F32)
        if self.choice is not None:
            return self._overridden(self.choice.type)
        if len(shape) > 2 and self._can_repack(MXFP4):
            return self._repacked(MXFP4)  # experts, as in llama.cpp's converter, whatever the type of the file
        if mixed is not None:
            return self._requantized(mixed)
        if fixed is not None:
            return self._fixed(fixed)
        return self._like_the_folder()

    def _can_repack(self, kind: GGMLQuantizationType) -> bool:
        draft = self.draft
        fits = has_whole_blocks(draft.shape, kind) and is_repacked(draft.source, draft.change, kind)
        return fits and not draft.is_packed_in_several_ways and not (self.rounding and isinf(self.rounding.largest))

    def _like_the_folder(self) -> _Chosen:
        source = self.draft.source
        packing = source.quantization
        if packing is None:
            return self._encoded(FLOAT_TYPES[source.dtype])
        exact = None if self.draft.is_packed_in_several_ways or source.updates else exact_type(packing)
        is_auto = self.output.output_type is OutputType.AUTO
        tolerates = is_auto or is_tiny(self.rounding, packing)
        if exact and tolerates and self._can_repack(exact):
            return self._repacked(exact)
        if self.noise > LOUD and is_auto:
            return self._encoded(T.F16, text("F16: Q8_0 would round {share:.0%} of the change", share=self.noise))
        if is_auto and exact is None and has_whole_blocks(self.draft.shape, Q8_0):
            return self._encoded(Q8_0)
        # F16 is the nearest to affine packing: 11 bits of mantissa, where BF16 has 8
        return self._encoded(next(iter(() if source.updates else exact_floats(packing)), T.F16))

    def _encoded(self, kind: GGMLQuantizationType, reason: str = "") -> _Chosen:
        source = self.draft.source
        is_same = source.is_plain and not self.draft.change and FLOAT_TYPES.get(source.dtype) is kind
        return _Chosen(kind, Method.COPY if is_same else Method.ENCODE, reason)

    def _repacked(self, kind: GGMLQuantizationType) -> _Chosen:
        if not self.draft.source.stored_type:
            return _Chosen(kind, Method.REPACK)
        return _Chosen(kind, Method.KEEP_BLOCKS if self.draft.change else Method.COPY)

    def _overridden(self, kind: GGMLQuantizationType) -> _Chosen:
        """What does not fit is a finding; until it is settled, the tensor gets what llama.cpp would give it."""
        if not has_whole_blocks(self.draft.shape, kind):
            return self._encoded(fitting(kind, self.draft.shape))
        if kind in FLOAT_TYPES.values() and not self._can_repack(kind):
            return self._encoded(kind)
        return self._requantized(kind)

    def _requantized(self, kind: GGMLQuantizationType) -> _Chosen:
        if self.draft.source.quantization is None:
            return self._encoded(kind)
        return self._repacked(kind) if self._can_repack(kind) else _Chosen(kind, Method.REQUANTIZE)

    def _fixed(self, wanted: GGMLQuantizationType) -> _Chosen:
        if self._can_repack(wanted):
            return self._repacked(wanted)
        if not has_whole_blocks(self.draft.shape, wanted):
            return self._encoded(
                T.F16,
                text(
                    "F16: {type} needs rows of a multiple of {block} values, not {length}",
                    length=self.draft.shape[-1],
                    block=GGML_QUANT_SIZES[wanted][0],
                    type=wanted.name,
                ),
            )
        return self._encoded(wanted)

    def _known_error(self, kind: GGMLQuantizationType) -> float | None:
        """0 where `kind` holds every value of the folder, as MLX computes it in float32."""
        source, stays = self.draft.source, not self.draft.change.values
        if kind is T.F32:
            return 0.0
        if source.updates:
            return None
        if source.quantization is None:
            return 0.0 if stays and FLOAT_TYPES.get(source.dtype) is kind else None
        if self._can_repack(kind) or (stays and kind in exact_floats(source.quantization)):
            return self.rounding.largest if self.rounding else 0.0
        return None


def byte_size(shape: tuple[int, ...], kind: GGMLQuantizationType) -> int:
    """Bytes of a tensor of whole blocks."""
    block, block_bytes = GGML_QUANT_SIZES[kind]
    return prod(shape) // block * block_bytes
