"""llama.cpp's own server, out of xllamacpp: the last metre."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.core.deliver.answer import ask_llama_server, ask_openai
from app.core.deliver.listening_place import Place
from app.core.errors import DeliveryError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def llama_server(made_gguf):
    """Where it listens, with the tiny model."""
    command = [sys.executable, "-m", "tests.core.deliver.listening", str(made_gguf)]
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=quiet, text=True) as child:
        assert child.stdout is not None
        line = next(line for line in child.stdout if line.startswith("listening "))
        yield Place("llama-server", "127.0.0.1", urlsplit(line.split()[1]).port or 0)
        child.communicate()


def test_the_model_answers(llama_server, made_gguf):
    assert ask_llama_server(made_gguf, llama_server, "Paris").text.startswith("isisis")


def test_a_server_of_another_file_is_not_asked(llama_server, gguf):
    with pytest.raises(DeliveryError, match="runs another model") as caught:
        ask_llama_server(gguf, llama_server)
    assert gguf.name in caught.value.hint


def test_a_link_to_the_file_is_the_file(llama_server, made_gguf, tmp_path):
    link = tmp_path / "link.gguf"
    link.symlink_to(made_gguf)
    assert ask_llama_server(link, llama_server, "Paris").text


def test_its_errors_are_said(llama_server):
    with pytest.raises(DeliveryError, match=r"does not answer in llama-server: .*context"):
        ask_openai(llama_server, "x", "a " * 5000)
