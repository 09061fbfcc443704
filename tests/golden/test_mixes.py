"""A model quantized while it is converted has the types that llama.cpp's quantizer gives it, and the same bytes."""

import json
import platform
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.plan import OutputType, PlanOptions
from app.core.plan.mix import MIXES
from tests.golden.make_mixes import REFERENCE_MIXES, condensed, digests
from tests.golden.mix_models import CASES, save_case

REFERENCES = json.loads(Path(__file__).with_name("mixes.json").read_text(encoding="utf-8"))


QUICK = ("q4_k_m",)  # of the deep models, whose bytes hold nothing that the others' do not


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root, made = tmp_path_factory.mktemp("mixes"), {}

    def get(name):
        if name not in made:
            made[name] = save_case(name, root / name)
        return made[name]

    return get


@pytest.mark.parametrize("mix", REFERENCE_MIXES)
@pytest.mark.parametrize("name", CASES)
def test_same_types_as_llama_quantize(name, mix, folder):
    plan = prepare_plan(open_checkpoint(folder(name)), PlanOptions(OutputType(mix)))
    types = {tensor.name: tensor.type.name for tensor in plan.tensors}
    assert condensed(types)["types"] == REFERENCES[name][mix]["types"]
    keys = {entry.key: entry.value for entry in plan.metadata}
    assert keys["general.file_type"] == int(MIXES[mix].file_type)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="compilers for arm64 fuse multiplications and additions")
@pytest.mark.parametrize(
    ("name", "mix"), [(name, mix) for name in CASES for mix in (QUICK if "80" in name else REFERENCE_MIXES)]
)
def test_same_bytes_as_llama_quantize(name, mix, folder, tmp_path):
    written = convert(prepare_plan(open_checkpoint(folder(name)), PlanOptions(OutputType(mix))), tmp_path / "q.gguf")
    assert condensed(digests(written.path)) == REFERENCES[name][mix]
