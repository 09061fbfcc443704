"""What happens to a tensor, in the words that every front shows."""

import gettext
from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.quantization import Quantization
from app.core.describe.storage import storage_in_words
from app.core.describe.summary import summary, what_happens
from app.core.human_text import bytes_in_words
from app.core.language import Language
from app.core.plan import DroppedTensor, Method
from app.core.text import Text, text
from tests.planning import make_plan


def test_words_for_what_happens(tied_folder):
    embedding, norm = make_plan(open_checkpoint(tied_folder)).tensors[:2]
    assert what_happens(embedding) == "copied"
    cast = replace(embedding, type=GGMLQuantizationType.F16, method=Method.ENCODE)
    assert what_happens(cast) == "as F16"
    assert what_happens(norm) == "+1, as F32"
    (source,) = embedding.sources
    packed = replace(embedding, sources=(replace(source, quantization=Quantization(4, 64)),), method=Method.ENCODE)
    assert what_happens(packed) == "dequantized"
    assert what_happens(replace(packed, reason="noted")) == "noted"
    assert what_happens(replace(packed, method=Method.REPACK)) == "same values, new layout"
    assert what_happens(replace(packed, method=Method.REQUANTIZE)) == "requantized"
    assert what_happens(DroppedTensor(source, "not needed")) == "left out: not needed"


class Marked(gettext.NullTranslations):
    """Marks what it was asked to translate, but for templates that are nothing but values."""

    def gettext(self, message):
        return message if message.startswith("{") else f"«{message}»"

    def ngettext(self, one, many, count):
        return f"<{one if count == 1 else many}>"


def test_each_of_several_words_is_translated(tied_folder):
    tensor = make_plan(open_checkpoint(tied_folder)).tensors[0]
    (source,) = tensor.sources
    packed = replace(source, quantization=Quantization(4, 64))
    tensor = replace(tensor, sources=(packed, packed), method=Method.REPACK)
    say = Language("xx", Marked())
    assert what_happens(tensor) == "stacked, same values, new layout"
    assert say(what_happens(tensor)) == "«stacked», «same values, new layout»"
    assert say(what_happens(DroppedTensor(source, text("no use")))) == "«left out: «no use»»"


def test_a_summary_can_be_translated(tied_folder):
    checkpoint = open_checkpoint(tied_folder)
    rows = summary(checkpoint, make_plan(checkpoint))
    assert [title for title, _ in rows] == ["Model", "Weights", "Stored as", "Tokenizer", "Chat template"]
    assert all(isinstance(title, Text) for title, _ in rows)
    weights = dict(rows)["Weights"]
    assert weights.endswith(f" in {len(checkpoint.tensors)} tensors, {bytes_in_words(checkpoint.byte_count)} in 1 file")
    assert "<1 file>" in Language("xx", Marked())(weights)


def test_a_copied_head_is_counted_once(copied_folder, tied_folder):
    checkpoints = map(open_checkpoint, (copied_folder, tied_folder))
    copied, tied = (dict(summary(one, make_plan(one)))["Weights"].partition(" values")[0] for one in checkpoints)
    assert copied == tied


BOTH = "4-bit and 8-bit (groups of 64), some BF16"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ([("BF16", None, 100)], "BF16"),
        (
            [("BF16", (4, 64), 80), ("BF16", (8, 64), 20), ("BF16", None, 5)],
            "4-bit and 8-bit (groups of 64), some BF16",
        ),
        ([("BF16", (4, 64), 60), ("BF16", (4, 32), 40)], "4-bit (groups of 64), 4-bit (groups of 32)"),
        ([("BF16", None, 95), ("F32", None, 5)], "BF16, some F32"),
        ([], ""),
    ],
)
def test_how_a_folder_stores_its_weights(tied_folder, stored, said):
    checkpoint = open_checkpoint(tied_folder)
    tensor = checkpoint.tensors[0]
    made = tuple(
        replace(
            tensor,
            dtype=dtype,
            stored=replace(tensor.stored, byte_count=count),
            quantization=packing and Quantization(*packing),
        )
        for dtype, packing, count in stored
    )
    assert storage_in_words(replace(checkpoint, tensors=made)) == said


def test_scales_that_were_rounded_are_not_called_the_same(tied_folder):
    tensor = make_plan(open_checkpoint(tied_folder)).tensors[0]
    (source,) = tensor.sources
    packed = replace(tensor, sources=(replace(source, quantization=Quantization(4, 64)),), method=Method.REPACK)
    assert what_happens(replace(packed, error=1e-6)) == "new layout, scales rounded"
