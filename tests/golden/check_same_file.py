"""A file of ours against the reference of a tiny model: keys, and type, shape and digest of each tensor."""

import base64
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.digest import about_the_model, digest_gguf
from tests.golden.family_models import KINDS, FamilyModel
from tests.quick_reader import QuickReader

UNITS_ALLOWED = 4  # in the last place, for exponentials and powers: torch's are not NumPy's


def check_same_file(written: Path, model: FamilyModel, kind: str) -> None:
    reader = QuickReader(written)
    ours, reference = digest_gguf(reader), model.reference
    keys = about_the_model(ours["keys"])
    file_type = keys.pop("general.file_type")[1]
    assert file_type == reference["file_types"].get(kind, file_type)
    assert keys == reference["keys"] | model.forgotten["keys"]
    computed = reference["computed"]
    column = 1 + KINDS.index(kind)
    theirs = {tensor: [row[0], row[column]] for tensor, row in reference["tensors"].items() if tensor not in computed}
    mine = {t: [shape, f"{type_}:{sha[:16]}"] for t, (type_, shape, sha) in ours["tensors"].items()}
    assert {tensor: mine.get(tensor) for tensor in theirs} == theirs
    assert mine.keys() == reference["tensors"].keys()
    check_computed(reader, computed)


def check_computed(reader: QuickReader, computed: dict[str, Any]) -> None:
    """Values whose last bits differ between libraries."""
    for tensor in reader.tensors:
        if tensor.name in computed:
            theirs = np.frombuffer(base64.b64decode(computed[tensor.name]), np.float32)
            units = np.abs(tensor.data.reshape(-1).view(np.int32).astype(np.int64) - theirs.view(np.int32))
            assert units.max() <= UNITS_ALLOWED, tensor.name
