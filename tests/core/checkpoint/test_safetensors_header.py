"""A header is believed in nothing."""

import json
import struct
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open

from app.core.checkpoint import safetensors_header
from app.core.checkpoint.dtypes import ITEM_BYTES
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.safetensors_header import HEADER_LIMIT, HeaderBudget, read_header
from tests.core.checkpoint.written_by_hand import entry, write_safetensors
from tests.damage import damaged_bytes, damaged_json


def test_sound_header(tmp_path):
    header = {
        "late": entry(24, 32, "BF16", (2, 2)),
        "__metadata__": {"format": "mlx"},
        "early": entry(0, 16),
        "number": entry(16, 24, "F64", ()),
        "empty": entry(16, 16, "F32", (0, 3)),
    }
    path = write_safetensors(tmp_path / "a.safetensors", header, 32)
    found = read_header(path)
    start = path.stat().st_size - 32
    assert [(t.name, t.dtype, t.shape, t.offset - start, t.byte_count) for t in found.tensors] == [
        ("early", "F32", (4,), 0, 16),
        ("empty", "F32", (0, 3), 16, 0),
        ("number", "F64", (), 16, 8),
        ("late", "BF16", (2, 2), 24, 8),
    ]
    assert found.metadata == {"format": "mlx"}
    assert (found.file.path, found.file.byte_count, found.file.tensor_count) == (path, path.stat().st_size, 4)
    assert found.file.modified_ns == path.stat().st_mtime_ns


@pytest.mark.parametrize("dtype", ITEM_BYTES)
def test_every_dtype_has_the_size_that_safetensors_gives_it(tmp_path, dtype):
    path = write_safetensors(tmp_path / "a", {"t": entry(0, 3 * ITEM_BYTES[dtype], dtype, (3,))}, 3 * ITEM_BYTES[dtype])
    assert read_header(path).tensors[0].dtype == dtype
    with safe_open(path, framework="np") as file:
        assert file.get_slice("t").get_dtype() == dtype


def test_no_tensor_at_all(tmp_path):
    assert read_header(write_safetensors(tmp_path / "a", {})).tensors == ()


PLAIN = b'{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
REFUSED = {
    "not JSON": (PLAIN[:-1], "not valid JSON"),
    "not an object": (b"[]", "not a JSON object"),
    "UTF-16": (PLAIN.decode().encode("utf-16"), "not valid JSON"),
    "byte order mark": (b"\xef\xbb\xbf" + PLAIN, "not valid JSON"),
    "half a surrogate pair": (PLAIN.replace(b"t", b"\\ud800", 1), "not valid JSON"),
    "nested": (b'{"t":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    "two tensors of one name": (PLAIN[:-1] + b"," + PLAIN[1:], "twice"),
    "metadata a list": ({"__metadata__": [], "t": entry()}, "metadata"),
    "metadata a number": ({"__metadata__": 0, "t": entry()}, "metadata"),
    "metadata of numbers": ({"__metadata__": {"a": 1}, "t": entry()}, "metadata"),
    "overlap": ({"t": entry(), "u": entry(8, 16, shape=(2,))}, "overlapping tensors: 'u'"),
    "same place": ({"t": entry(), "u": entry()}, "overlapping tensors: 'u'"),
    "hole between": ({"t": entry(0, 4, shape=(1,)), "u": entry(8, 16, shape=(2,))}, "gap before tensor 'u'"),
    "hole at the beginning": ({"t": entry(4, 16, shape=(3,))}, "gap before tensor 't'"),
    "beyond the file": ({"t": entry(0, 32, shape=(8,))}, "16 bytes are missing, from tensor 't' on"),
    "before the end": ({"t": entry(0, 12, shape=(3,))}, "4 unexpected bytes after its last tensor"),
    "offsets backwards": ({"t": entry(16, 0)}, "impossible offsets"),
    "one offset": ({"t": {**entry(), "data_offsets": [16]}}, "impossible offsets"),
    "bytes do not fit the shape": ({"t": entry(shape=(5,))}, "do not fit its shape"),
    "bytes do not fit the dtype": ({"t": entry(dtype="F16")}, "do not fit its shape"),
    "unknown dtype": ({"t": entry(dtype="Q4")}, "unknown dtype 'Q4'"),
    "dtype no text": ({"t": {**entry(), "dtype": ["F32"]}}, "unknown dtype"),
    "dtype missing": ({"t": {"shape": [4], "data_offsets": [0, 16]}}, "cannot be understood"),
    "entry no object": ({"t": [4]}, "cannot be understood"),
    "more than the format knows": ({"t": {**entry(), "strides": [1]}}, "cannot be understood"),
    "size no number": ({"t": entry(shape=[4, True])}, "impossible shape"),
    "a size beyond MLX's": ({"t": entry(), "u": entry(16, 16, shape=[2**31, 0])}, "impossible shape"),
    "sizes that overflow": ({"t": entry(), "u": entry(16, 16, shape=[2**30] * 3 + [0])}, "impossible shape"),
}


@pytest.mark.parametrize(("header", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_header(tmp_path, header, words):
    path = write_safetensors(tmp_path / "a", header, 16)
    with pytest.raises(HeaderError) as caught:
        read_header(path)
    assert words in str(caught.value)


ABSURD = [-1, 2**31, 2**63, 2**64, 10**30, 4.0, True, "4", None, [4]]


@pytest.mark.parametrize("size", ABSURD, ids=map(repr, ABSURD))
def test_absurd_sizes(tmp_path, size):
    headers = ({"t": entry(shape=[size])}, {"t": entry(size, 16)}, {"t": entry(0, size)}, {"t": entry(size, size)})
    for header in headers:
        path = write_safetensors(tmp_path / "a", header, 16)
        with pytest.raises(HeaderError, match=r"impossible|are missing|hole|do not fit"):
            read_header(path)
        with pytest.raises(SafetensorError), safe_open(path, framework="np"):
            pass


@pytest.mark.parametrize("length", [HEADER_LIMIT + 1, 2**63, 2**64 - 1])
def test_absurd_header_length(tmp_path, length):
    (tmp_path / "a").write_bytes(struct.pack("<Q", length) + b"{}")
    with pytest.raises(HeaderError, match="more than the format allows"):
        read_header(tmp_path / "a")


TWICE = {
    "in an entry": PLAIN.replace(b'"shape":[4]', b'"shape":[4],"shape":[4]'),
    "in an entry, escaped": PLAIN.replace(b'"shape":[4]', b'"shape":[4],"sh\\u0061pe":[4]'),
    "in the metadata": b'{"__metadata__":{"a":"b","a":"b"},' + PLAIN[1:],
    "the metadata": b'{"__metadata__":{},"__metadata__":null,' + PLAIN[1:],
    "a name with a colon": PLAIN[:-1].replace(b"t", b"a:b", 1) + b"," + PLAIN[1:].replace(b"t", b"a:b", 1),
    "a name, once escaped": PLAIN[:-1] + b"," + PLAIN[1:].replace(b"t", b"\\u0074", 1),
    "a name, among escaped colons": PLAIN[:-1] + b"," + PLAIN[1:-1] + b',"\\u003a\\u003a":' + PLAIN[5:],
}


@pytest.mark.parametrize("header", TWICE.values(), ids=TWICE.keys())
def test_what_is_named_twice(tmp_path, header):
    path = write_safetensors(tmp_path / "a", header, 16)
    with pytest.raises(HeaderError, match="twice"):
        read_header(path)


ODD = {
    "colons": PLAIN.replace(b'"t"', b'"a:b::c"'),
    "colons in metadata": b'{"__metadata__":{"a":"{\\"b\\": 1, \\"c\\": 2}"},' + PLAIN[1:],
    "no metadata": b'{"__metadata__":null,' + PLAIN[1:],
    "escapes": PLAIN.replace(b'"t"', b'"\\u0074\\"\\\\:"'),
    "spaces": b" \n" + PLAIN.replace(b":", b" :\t").replace(b",", b" , ") + b"\r\n ",
    "minus nothing": PLAIN.replace(b"[0,16]", b"[-0,16]"),
    "another order": b'{"t":{"data_offsets":[0,16],"shape":[4],"dtype":"F32"}}',
}


@pytest.mark.parametrize("header", ODD.values(), ids=ODD.keys())
def test_what_is_odd_but_sound(tmp_path, header):
    (tensor,) = read_header(write_safetensors(tmp_path / "a", header, 16)).tensors
    expected = [name for name in json.loads(header) if name != "__metadata__"]
    assert [tensor.name] == expected
    assert tensor.shape == (4,)


# Made when they are asked for: together they take megabytes, and a second.
LARGE = {
    "an entry of lists": (lambda: b'{"t":[' + b"[]," * 3_000_000 + b"[]]}", "cannot be understood"),
    "a shape": (lambda: PLAIN.replace(b"[4]", b"[" + b"1," * 3_000_000 + b"4]"), "cannot be understood"),
    "a dtype": (lambda: PLAIN.replace(b"F32", b"F" * 3_000_000), "cannot be understood"),
    "a name": (lambda: PLAIN.replace(b"t", b"t" * 3_000_000, 1), "3,000,000 characters"),
    "metadata": (
        lambda: json.dumps({"__metadata__": dict.fromkeys(map(str, range(500_000)), "")}).encode(),
        "MB of metadata",
    ),
}


@pytest.mark.parametrize(("make", "words"), LARGE.values(), ids=LARGE.keys())
def test_what_would_be_large_in_memory_is_not_decoded(tmp_path, make, words):
    header = make()
    path = write_safetensors(tmp_path / "a", header, 16)
    tracemalloc.start()
    with pytest.raises(HeaderError, match=words) as caught:
        read_header(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * len(header) + (1 << 20)
    assert len(str(caught.value)) < 200


def test_headers_of_a_folder_have_one_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(safetensors_header, "MOST_TENSORS", 3)
    two = write_safetensors(tmp_path / "a", {"t": entry(), "u": entry(16, 32)}, 32)
    budget = HeaderBudget()
    read_header(two, budget)
    with pytest.raises(HeaderError, match="names 2 tensors; all files together may name 3"):
        read_header(two, budget)
    assert len(read_header(two).tensors) == 2
    monkeypatch.setattr(safetensors_header, "HEADER_LIMIT", 200)
    budget = HeaderBudget()
    read_header(two, budget)
    with pytest.raises(HeaderError, match="those of all files together may have 200"):
        read_header(two, budget)


def as_python_reads_it(raw: bytes) -> object:
    """The header by Python's json, which tells all pairs; None where a name comes twice or is no text."""

    def unique(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError
        return dict(pairs)

    def refuse(_):
        raise ValueError

    try:
        header = json.loads(raw.decode(), object_pairs_hook=unique, parse_constant=refuse)
        json.dumps(header, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return header


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_nothing_is_read_in_another_way_than_python_reads_it(tmp_path_factory, data):
    sound = {"__metadata__": {"format": "mlx"}, "t": entry(), "u": entry(16, 24, shape=(2,))}
    raw = data.draw(damaged_json(sound) | damaged_bytes(json.dumps(sound).encode()))
    path = write_safetensors(tmp_path_factory.mktemp("headers") / "a", raw, 24)
    header = as_python_reads_it(raw)
    try:
        found = read_header(path)
    except HeaderError:
        return
    assert isinstance(header, dict)
    assert found.metadata == (header.pop("__metadata__", None) or {})
    start = path.stat().st_size - 24
    assert {
        t.name: {
            "dtype": t.dtype,
            "shape": list(t.shape),
            "data_offsets": [t.offset - start, t.offset - start + t.byte_count],
        }
        for t in found.tensors
    } == header
