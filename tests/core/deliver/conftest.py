"""A tiny GGUF file, and an Ollama to bring it to."""

import shutil

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.plan import PlanOptions
from tests.core.deliver.ollama_server import running_ollama
from tests.core.deliver.openai_server import running_openai


@pytest.fixture(scope="session")
def made_gguf(tied_folder, tmp_path_factory):
    """The tiny Gemma as a file."""
    plan = prepare_plan(open_checkpoint(tied_folder), PlanOptions())
    return convert(plan, tmp_path_factory.mktemp("made") / "Tiny Gemma-BF16.gguf").path


@pytest.fixture
def gguf(made_gguf, tmp_path):
    """A copy of this test's own."""
    return shutil.copy(made_gguf, tmp_path / made_gguf.name)


@pytest.fixture
def ollama(monkeypatch):
    """Running, and named by OLLAMA_HOST."""
    with running_ollama() as found:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{found.port}")
        yield found


@pytest.fixture
def server():
    """One that speaks as OpenAI's."""
    with running_openai() as found:
        yield found
