"""Folders in every dtype and a large one, a place for the file, and chunks of any size."""

from pathlib import Path

import pytest

from app.core.convert import chunk_worker
from tests.core.convert.edit_folder import plan_of
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count


@pytest.fixture(scope="session")
def quantized_folder(tmp_path_factory) -> Path:
    """4 bits in groups of 64, all matrices."""
    return gemma3_folder(tmp_path_factory.mktemp("quantized") / "quantized", quantize=lambda _: True)


@pytest.fixture(scope="session")
def float32_folder(tmp_path_factory) -> Path:
    return gemma3_folder(tmp_path_factory.mktemp("float32") / "float32", dtype="float32")


@pytest.fixture(scope="session")
def float16_folder(tmp_path_factory) -> Path:
    return gemma3_folder(tmp_path_factory.mktemp("float16") / "float16", dtype="float16")


@pytest.fixture(scope="session")
def big_folder(tmp_path_factory) -> Path:
    """60 MB, so that a conversion can be caught in the middle."""
    config = gemma3_config(row_count(), hidden_size=640, intermediate_size=2560)
    return gemma3_folder(tmp_path_factory.mktemp("big") / "big", config=config)


@pytest.fixture(scope="session")
def tied_plan(tied_folder):
    return plan_of(tied_folder)


@pytest.fixture
def target(tmp_path) -> Path:
    """A file in a folder that is empty but for what a conversion leaves behind."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "model.gguf"


@pytest.fixture
def small_chunks(monkeypatch):
    """A function that makes chunks of so many values, and the buffers with them."""

    def cut(size):
        monkeypatch.setattr(chunk_worker, "CHUNK", size)

    return cut
