"""The name of a folder does not decide whether its file loads in llama.cpp."""

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.plan import PlanOptions
from app.core.verify.engines import EngineKind
from tests.engines.ask import Engine


@pytest.mark.parametrize("name", ["my-phi3-tune", "modern-bert"])
def test_a_folder_with_a_name_that_llama_cpp_looks_at(name, tied_folder, copy_folder, tmp_path):
    folder = copy_folder(tied_folder)
    checkpoint = open_checkpoint(folder.rename(folder.with_name(name)))
    written = convert(prepare_plan(checkpoint, PlanOptions()), tmp_path / "file.gguf")
    engine = Engine(EngineKind.LLAMA_CPP)
    try:
        engine.open(written.path)
    finally:
        engine.close()
