"""NaN, infinity and numbers too large stop the conversion and are counted in the whole tensor; all others pass."""

import numpy as np
import pytest

from app.core.convert import chunk_worker, convert
from app.core.errors import ConversionError
from app.core.plan import Method
from tests.core.convert.edit_folder import plan_of, set_bits
from tests.quick_reader import QuickReader

EMBEDDING, NORM = "model.embed_tokens.weight", "model.norm.weight"
NAN, INFINITY, MINUS_INFINITY = 0x7FC1, 0x7F80, 0xFF80  # bfloat16
PLACES = {EMBEDDING: (0, 5, 70_000, -1), NORM: (0, 1, -1)}


@pytest.fixture(params=[None, 1024], ids=["one chunk", "many chunks"])
def chunks(request, monkeypatch):
    """Bad values in one chunk, or each in another."""
    if request.param:
        monkeypatch.setattr(chunk_worker, "CHUNK", request.param)


@pytest.mark.parametrize("bits", [NAN, INFINITY, MINUS_INFINITY])
@pytest.mark.parametrize(
    ("name", "output_type"),
    [(EMBEDDING, "auto"), (EMBEDDING, "f16"), (EMBEDDING, "f32"), (EMBEDDING, "q8_0"), (NORM, "auto")],
)
def test_values_that_are_not_finite(name, output_type, bits, tied_folder, copy_folder, target, chunks):
    folder = copy_folder(tied_folder)
    set_bits(folder, name, PLACES[name], bits)
    expected = f"{name} holds {len(PLACES[name])} values that are NaN or infinite."
    assert_refused(plan_of(folder, output_type), target, expected)


@pytest.mark.parametrize("bits", [NAN, INFINITY, MINUS_INFINITY])
def test_scales_that_are_not_finite(bits, quantized_folder, copy_folder, target, chunks):
    folder = copy_folder(quantized_folder)
    set_bits(folder, "model.embed_tokens.scales", (0, 900, -1), bits)
    assert_refused(plan_of(folder), target, f"{EMBEDDING} holds {3 * 64} values that are NaN or infinite.")


@pytest.mark.parametrize(
    ("output_type", "bits", "count"),
    [
        ("f16", 0x477FF000, 4),  # 65520 is the first that rounds to infinity
        ("f16", 0xFF7FFFFF, 4),
        ("bf16", 0x7F7FFFFF, 4),  # the largest of all rounds up
        ("q8_0", 0x7F7FFFFF, 3 * 32),  # whole blocks, and two of the four lie in one
    ],
)
def test_values_too_large(output_type, bits, count, float32_folder, copy_folder, target, chunks):
    folder = copy_folder(float32_folder)
    set_bits(folder, EMBEDDING, PLACES[EMBEDDING], bits)
    assert_refused(
        plan_of(folder, output_type), target, f"{EMBEDDING} holds {count} values too large for {output_type.upper()}."
    )


def test_bfloat16_too_large_for_f16(tied_folder, copy_folder, target, chunks):
    folder = copy_folder(tied_folder)
    set_bits(folder, EMBEDDING, PLACES[EMBEDDING], 0x4780)  # 65536
    assert_refused(plan_of(folder, "f16"), target, f"{EMBEDDING} holds 4 values too large for F16.")


def assert_refused(plan, target, message):
    with pytest.raises(ConversionError) as caught:
        convert(plan, target)
    assert caught.value.message == message
    assert caught.value.hint
    assert not list(target.parent.iterdir())


@pytest.mark.parametrize(
    ("folder", "bits"),
    [
        ("tied_folder", (0x8000, 0x0000, 0x0001, 0x807F, 0x7F7F, 0xFF7F)),  # -0, 0, subnormals, the largest
        ("float32_folder", (0x80000000, 0, 1, 0x807FFFFF, 0x7F7FFFFF, 0xFF7FFFFF)),
        ("float16_folder", (0x8000, 0, 1, 0x83FF, 0x7BFF, 0xFBFF)),
    ],
)
def test_odd_values_are_copied_bit_for_bit(folder, bits, request, copy_folder, target):
    folder = copy_folder(request.getfixturevalue(folder))
    for place, value in enumerate(bits):
        set_bits(folder, EMBEDDING, [place], value)
    plan = plan_of(folder)
    convert(plan, target)
    planned = next(tensor for tensor in plan.tensors if tensor.source.name == EMBEDDING)
    assert planned.method is Method.COPY
    written = next(tensor for tensor in QuickReader(target).tensors if tensor.name == planned.name)
    source = planned.sources[0].stored
    data = source.file.path.read_bytes()[source.offset : source.offset + source.byte_count]
    assert written.data.tobytes() == data
    item = np.dtype("<u4" if source.dtype == "F32" else "<u2")
    assert tuple(np.frombuffer(data, item)[: len(bits)]) == bits
