"""A model quantized while it is converted has the types that llama.cpp's quantizer gives it, and the same bytes.

All files of a model are written in one go: what they have in common is encoded once.
"""

import json
import platform
from functools import cache

import pytest

from app.core import kernel_library
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert_all
from app.core.ggml_types import TENSOR_TYPES, OutputType
from app.core.plan import PlanOptions
from app.core.plan.types.fitting_types import fitting_types
from app.core.weights.imatrix_file import read_imatrix
from tests.core.imatrix_by_hand import write_imatrix
from tests.golden.make_mixes import (
    CHOICES,
    ONE_TENSOR,
    REFERENCE_MIXES,
    TARGET,
    WEIGHTED,
    WEIGHTED_TARGET,
    condensed,
    digests,
    entries_of,
)
from tests.golden.mix_models import CASES, save_case
from tests.planning import prepare_plans

REFERENCES = json.loads(TARGET.read_text(encoding="utf-8"))
WEIGHTED_REFERENCES = json.loads(WEIGHTED_TARGET.read_text(encoding="utf-8"))
QUICK = ("q4_k_m", "q2_k")  # of the deep models and of weighted ones: there bytes hold no type that the others' do not
REASON = "compilers for arm64 fuse multiplications and additions of ggml"
same_machine = pytest.mark.skipif(platform.machine() != "x86_64", reason=REASON)
same_encoders = pytest.mark.skipif(
    platform.machine() != "x86_64" and not kernel_library.LIBRARY.exists(), reason=REASON
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("mixes")
    return cache(lambda name: save_case(name, root / name))


@pytest.fixture(scope="module")
def imatrix(folder, tmp_path_factory):
    root = tmp_path_factory.mktemp("imatrix")
    return cache(lambda name: read_imatrix(write_imatrix(root / f"{name}.gguf", entries_of(folder(name)))))


@pytest.fixture(scope="module")
def plans(folder):
    """Of every mix, by name."""

    @cache
    def get(name, options=PlanOptions()):  # noqa: B008 - it is frozen
        found = prepare_plans(open_checkpoint(folder(name)), options, map(OutputType, REFERENCE_MIXES))
        return dict(zip(REFERENCE_MIXES, found, strict=True))

    return get


@pytest.fixture(scope="module")
def weighted(plans, imatrix):
    """With an importance matrix, and with that and types for single tensors."""
    ways = {"": (), "choices": CHOICES}
    return lambda name: {
        way: plans(name, PlanOptions(tensor_types=choices, imatrix=imatrix(name))) for way, choices in ways.items()
    }


def check_types(plan, mix, reference):
    assert condensed({tensor.name: tensor.type.name for tensor in plan.tensors})["types"] == reference["types"]
    assert {entry.key: entry.value for entry in plan.metadata}["general.file_type"] == REFERENCE_MIXES[mix]


def check_bytes(orders, folder):
    """`orders` is a plan and its reference for each name."""
    files = convert_all([(plan, folder / f"{name}.gguf") for name, (plan, _) in orders.items()])
    for (name, (_, reference)), file in zip(orders.items(), files, strict=True):
        assert condensed(digests(file.path)) == reference, name
        file.path.unlink()


@pytest.mark.parametrize("mix", REFERENCE_MIXES)
@pytest.mark.parametrize("name", CASES)
def test_same_types_as_llama_quantize(name, mix, plans):
    check_types(plans(name)[mix], mix, REFERENCES[name][mix])


@same_encoders
@pytest.mark.parametrize("name", CASES)
def test_same_bytes_as_llama_quantize(name, plans, tmp_path):
    mixes = QUICK if "80" in name else REFERENCE_MIXES
    check_bytes({mix: (plans(name)[mix], REFERENCES[name][mix]) for mix in mixes}, tmp_path)


@pytest.mark.parametrize("way", ["", "choices"])
@pytest.mark.parametrize("mix", REFERENCE_MIXES)
@pytest.mark.parametrize("name", WEIGHTED)
def test_same_types_with_an_importance_matrix(name, mix, way, weighted):
    check_types(weighted(name)[way][mix], mix, WEIGHTED_REFERENCES[name][mix][way])


@same_machine
@pytest.mark.parametrize("name", WEIGHTED)
def test_same_bytes_with_an_importance_matrix(name, weighted, tmp_path):
    orders = {
        f"{mix} {way}": (plan, WEIGHTED_REFERENCES[name][mix][way])
        for way, plans in weighted(name).items()
        for mix, plan in plans.items()
        if mix in QUICK
    }
    check_bytes(orders, tmp_path)


@pytest.mark.parametrize("name", WEIGHTED)
def test_types_are_offered_where_llama_quantize_takes_them(name, plans, imatrix):
    (tensor,) = (tensor for tensor in plans(name)["q4_0"].tensors if tensor.name == ONE_TENSOR)
    refused = WEIGHTED_REFERENCES["refused"][name]
    for given, way in ((None, "without"), (imatrix(name), "with")):
        offered = [kind.name for kind in fitting_types(tensor, given)]
        assert offered == [kind.name for kind in TENSOR_TYPES if kind.name not in refused[way]]
