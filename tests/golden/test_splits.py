"""A model that is converted into parts gives the files that llama-gguf-split makes of the whole one."""

import json
from dataclasses import replace

import pytest

from app.core.convert import convert
from app.core.plan.split import parse_size, split_byte_count
from tests.golden.make_splits import CASES, NAME, TARGET, digests, plan_for, save_model

REFERENCES = json.loads(TARGET.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize(("kind", "size"), [(kind, size) for kind, sizes in CASES.items() for size in sizes])
def test_the_parts_are_those_of_llama_gguf_split(kind, size, folder, tmp_path):
    plan, most = plan_for(folder, kind), parse_size(size)
    options = replace(plan.options, split_max_size=most)
    plan = replace(plan, options=options, byte_count=split_byte_count(plan.metadata, plan.tensors, most))
    written = convert(plan, tmp_path / f"{NAME}.gguf")
    assert len(written.paths) > 1
    assert written.path.name.endswith(f"-00001-of-{len(written.paths):05d}.gguf")
    assert digests(tmp_path) == REFERENCES[f"{kind} {size}"]
    assert written.byte_count == sum(path.stat().st_size for path in written.paths)
