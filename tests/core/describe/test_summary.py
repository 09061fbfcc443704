"""What happens to a tensor, in the words that every front shows."""

from dataclasses import replace

from gguf import GGMLQuantizationType

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.describe.summary import what_happens
from app.core.plan import DroppedTensor, Method
from tests.planning import make_plan


def test_words_for_what_happens(tied_folder):
    embedding, norm = make_plan(open_checkpoint(tied_folder)).tensors[:2]
    assert what_happens(embedding) == "copied"
    cast = replace(embedding, type=GGMLQuantizationType.F16, method=Method.ENCODE)
    assert what_happens(cast) == "BF16 to F16"
    assert what_happens(norm) == "+1, BF16 to F32"
    (source,) = embedding.sources
    packed = replace(embedding, sources=(replace(source, quantization=Quantization(4, 64)),), method=Method.ENCODE)
    assert what_happens(packed) == "decoded"
    assert what_happens(replace(packed, reason="noted")) == "noted"
    assert what_happens(replace(packed, method=Method.REPACK)) == "repacked"
    assert what_happens(replace(packed, method=Method.REQUANTIZE)) == "decoded, quantized again"
    assert what_happens(DroppedTensor(source, "not needed")) == "left out: not needed"
