"""Adapters in .npz files, as mlx-tune saves those of embedding models: the same file as of safetensors, or refused."""

import io
import json
import shutil
import struct
import zipfile

import numpy as np
import pytest

from app.core.adapter import read_adapter
from app.core.adapter.npz_header import read_npz_header
from app.core.checkpoint.header_json import HeaderError
from app.core.convert import convert, prepare_adapter, write_adapter
from app.core.convert.prepare import prepare
from app.core.errors import CheckpointError
from app.core.model.fine_tunes import AdapterChoice, open_fine_tune
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from tests.adapters import RANK, SCALE, save_mlx_adapter

NAMES = ("model.layers.0.self_attn.q_proj.lora_a", "b")


@pytest.fixture(scope="module")
def trained(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("trained") / "lora", layers=2)


@pytest.fixture
def tuned(trained, tied_folder, tmp_path):
    """The same factors and scale as mlx_tune/embeddings.py, save_pretrained, writes them."""
    import mlx.core as mx

    folder = tmp_path / "npz" / "lora"
    folder.mkdir(parents=True)
    factors = mx.load(str(trained / "adapters.safetensors"))
    assert isinstance(factors, dict)
    mx.savez(str(folder / "adapters.npz"), **factors)
    config = {
        "model_name": str(tied_folder),
        "architecture": "gemma",
        "pooling_strategy": "mean",
        "lora_config": {"r": RANK, "lora_alpha": SCALE * RANK},
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def converted(adapter, path):
    base, applied = open_fine_tune(adapter)
    return convert(prepare(identify(base, applied)).plan(PlanOptions(name="one")), path).path.read_bytes()


def test_the_file_is_that_of_the_same_adapter_in_safetensors(tuned, trained, tmp_path):
    assert converted(tuned, tmp_path / "a.gguf") == converted(trained, tmp_path / "b.gguf")


def test_the_adapter_alone_is_the_same_too(tuned, trained, tmp_path):
    first, second = (
        write_adapter(prepare_adapter(one), tmp_path / f"{number}.gguf").path.read_bytes()
        for number, one in enumerate((tuned, trained))
    )
    assert first == second


def test_beside_a_model_it_is_offered_and_can_be_added(tuned, tied_folder, copy_folder):
    base = copy_folder(tied_folder)
    for file in tuned.iterdir():
        shutil.copy(file, base)
    found, applied = open_fine_tune(base, [AdapterChoice(base / "adapters.npz")])
    assert identify(found, applied).adapters == applied
    assert any("adapters.npz" in one.what for one in open_fine_tune(base)[0].findings)


def test_bfloat16_and_what_is_a_vector_in_either_order(tmp_path):
    import mlx.core as mx

    file = tmp_path / "adapters.npz"
    mx.savez(str(file), a=mx.arange(6).reshape(3, 2).astype(mx.bfloat16), b=mx.ones((4, 1)).T, c=mx.array(1.0))
    found = {one.name: one for one in read_npz_header(file).tensors}
    assert {name: (one.dtype, one.shape) for name, one in found.items()} == {
        "a": ("BF16", (3, 2)),
        "b": ("F32", (1, 4)),
        "c": ("F32", ()),
    }
    raw = file.read_bytes()[found["a"].offset :][: found["a"].byte_count]
    assert (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32).tolist() == list(range(6))


def test_numpy_writes_them_as_well(tmp_path):
    arrays = {name: np.arange(6, dtype=np.float16).reshape(2, 3) for name in NAMES}
    (tmp_path / "adapters.npz").write_bytes(saved(**arrays))
    for one in read_npz_header(tmp_path / "adapters.npz").tensors:
        raw = (tmp_path / "adapters.npz").read_bytes()[one.offset :][: one.byte_count]
        assert raw == arrays[one.name].tobytes()


def saved(save=np.savez, **arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def npy(about, data=b""):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(about)) + about + data


def zipped(content, name="a.npy", compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def about(shape, dtype="<f4", order=False):
    return f"{{'descr': '{dtype}', 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


def patched(raw, old, new):
    assert old in raw
    return raw.replace(old, new)


GOOD = saved(a=np.ones((2, 3), np.float32))
DIRECTORY = GOOD.index(b"PK\1\2")
HOSTILE = {
    "nothing": (b"", "truncated"),
    "no archive": (b"x" * 100, "truncated"),
    "cut": (GOOD[:-1], "truncated"),
    "something behind it": (GOOD + b"x", "truncated"),
    "compressed": (saved(np.savez_compressed, a=np.ones((2, 3), np.float32)), "compressed"),
    "a pickle": (saved(a=np.array([{"a": 1}], dtype=object)), "unknown dtype"),
    "whole numbers": (saved(a=np.ones((2, 3), np.int32)), "unknown dtype"),
    "by columns": (saved(a=np.asfortranarray(np.ones((2, 3), np.float32))), "column by column"),
    "no array": (zipped(b"hello"), "no array of numbers"),
    "a header without an end": (zipped(b"\x93NUMPY\x01\x00\xff\xff{"), "no array of numbers"),
    "code for a shape": (zipped(npy(about("(__import__('os'), )"))), "no array of numbers"),
    "a shape that is too large": (zipped(npy(about("(4000000000, 4000000000)"))), "impossible shape"),
    "more than it has": (zipped(npy(about("(1000, 1000)"), b"1234")), "do not fit its shape"),
    "less than it has": (zipped(npy(about("(1, )"), b"12345678")), "do not fit its shape"),
    "a place behind the end": (GOOD[: DIRECTORY + 42] + b"\xff\xff\xff\x7f" + GOOD[DIRECTORY + 46 :], "offsets"),
    "sizes that are claimed": (
        GOOD[: DIRECTORY + 20] + b"\xf0\xff\xff\xff" * 2 + GOOD[DIRECTORY + 28 :],
        "offsets",
    ),
    "more entries than there are": (GOOD[:-14] + b"\xff\xff\xff\xff" + GOOD[-10:], "its directory"),
    "the same place twice": (
        patched(saved(a=np.ones(3, np.float32), b=np.zeros(3, np.float32)), b"b.npy", b"a.npy"),
        "twice",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_damaged_or_hostile_is_refused_with_the_reason(what, tmp_path):
    raw, reason = HOSTILE[what]
    (tmp_path / "adapters.npz").write_bytes(raw)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(HeaderError, match=reason):
        read_npz_header(tmp_path / "adapters.npz")
    with pytest.raises(CheckpointError, match=r"adapters\.npz cannot be used"):
        read_adapter(tmp_path)


def test_any_byte_may_be_another(tmp_path):
    """It is read, or refused in words: nothing else happens."""
    file = tmp_path / "adapters.npz"
    for place in range(len(GOOD)):
        for value in (0, 255, GOOD[place] ^ 1):
            file.write_bytes(GOOD[:place] + bytes([value]) + GOOD[place + 1 :])
            try:
                (tensor,) = read_npz_header(file).tensors
            except HeaderError:
                continue
            assert 0 < tensor.offset <= tensor.offset + tensor.byte_count <= DIRECTORY
