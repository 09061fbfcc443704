"""How a file is divided: by the bytes of its tensors, as llama-gguf-split does it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from gguf import GGMLQuantizationType

from app.core.errors import PlanError
from app.core.findings import Severity
from app.core.plan.split import file_paths, parse_size, split_findings, tensor_groups


@dataclass(frozen=True)
class Sized:
    """A tensor of so many bytes."""

    byte_count: int
    name: str = "blk.0.attn_q.weight"
    shape: tuple[int, ...] = (1,)
    type: GGMLQuantizationType = GGMLQuantizationType.F32


def groups(most, *sizes):
    return [[tensor.byte_count for tensor in group] for group in tensor_groups([Sized(size) for size in sizes], most)]


@pytest.mark.parametrize(("written", "size"), [("4G", 4 * 10**9), ("500M", 5 * 10**8), ("1M", 10**6)])
def test_sizes_are_powers_of_ten(written, size):
    assert parse_size(written) == size


@pytest.mark.parametrize("written", ["", "4", "4g", "4GB", "0G", "-1G", "1.5G", "G", "4 G", "9" * 30 + "G"])
def test_no_size(written):
    with pytest.raises(PlanError, match="is not a size"):
        parse_size(written)


def test_a_file_is_filled_to_the_last_byte_and_padding_counts():
    assert groups(96, 32, 32, 32, 32) == [[32, 32, 32], [32]]
    assert groups(96, 33, 32, 32) == [[33, 32], [32]]
    assert groups(95, 32, 32, 32) == [[32, 32], [32]]
    assert groups(None, 32, 32) == [[32, 32]]


def test_a_tensor_that_is_too_large_has_a_file_to_itself_and_is_a_warning():
    assert groups(64, 96, 32, 96, 32) == [[96], [32], [96], [32]]
    tensors = [Sized(96, "token_embd.weight"), Sized(64)]
    (finding,) = split_findings(tensors, 64)
    assert (finding.severity, finding.subject) == (Severity.WARNING, "token_embd.weight")
    assert finding.what == "token_embd.weight has 96 bytes, more than the 64 that a file may have."
    assert not list(split_findings(tensors, None))


def test_names():
    assert file_paths(Path("/x/a.gguf"), 1) == (Path("/x/a.gguf"),)
    assert file_paths(Path("/x/a.gguf"), 2) == (Path("/x/a-00001-of-00002.gguf"), Path("/x/a-00002-of-00002.gguf"))
