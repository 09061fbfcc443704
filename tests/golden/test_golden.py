"""A folder that mlx-lm saved becomes, tensor by tensor and key by key, what llama.cpp makes of the original."""

import json
from pathlib import Path

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.golden.cases import CASES
from tests.golden.digest import digest_gguf
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import save_checkpoint

REFERENCES = json.loads(Path(__file__).with_name("gemma3.json").read_text(encoding="utf-8"))["cases"]
FILES = [(name, kind) for name, case in CASES.items() for kind in case.types]


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    """The MLX folder of a case, saved once."""
    root = tmp_path_factory.mktemp("golden")

    def folder(name: str) -> Path:
        case = CASES[name]
        if not (root / name).exists():
            save_checkpoint(root / name, case.tensors(), case.config, dtype=case.dtype)
        return root / name

    return folder


@pytest.mark.parametrize(("name", "kind"), FILES, ids=[f"{name}-{kind}" for name, kind in FILES])
def test_same_file_as_llama_cpp_makes_of_the_original(name, kind, folder_of, tmp_path):
    plan = prepare_plan(open_checkpoint(folder_of(name)), PlanOptions(OutputType(kind)))
    written = convert(plan, tmp_path / "ours.gguf")
    ours, reference = digest_gguf(QuickReader(written.path)), REFERENCES[name][kind]
    assert ours["tensors"] == reference["tensors"]
    assert ours["keys"] == reference["keys"]


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_auto_is_the_type_that_the_folder_has(dtype, folder_of, tmp_path):
    name, kind = {"bfloat16": ("tied", "bf16"), "float16": ("float16", "f16"), "float32": ("float32", "f32")}[dtype]
    written = convert(prepare_plan(open_checkpoint(folder_of(name)), PlanOptions()), tmp_path / "ours.gguf")
    assert digest_gguf(QuickReader(written.path)) == REFERENCES[name][kind]
