"""What a file says of itself is what the programs are told."""

import shutil

import pytest
from gguf import GGUFReader

from app.core.checkpoint.purpose import Task
from app.core.deliver.model_file import read_model_file
from app.core.deliver.ollama_name import checked_name, usual_name
from app.core.errors import CheckpointError, DeliveryError
from tests.core.deliver.header_by_hand import write_header


def facts(path, name="m.gguf", **keys):
    return read_model_file(write_header(path / name, {key.replace("__", "."): value for key, value in keys.items()}))


def test_a_file_of_ours(gguf):
    found, keys = read_model_file(gguf), GGUFReader(gguf).fields
    assert found.paths == (gguf,)
    assert found.byte_count == gguf.stat().st_size
    assert (found.name, found.type_name, found.architecture, found.task) == ("Tiny Gemma", "BF16", "gemma3", Task.TEXT)
    eos = keys["tokenizer.ggml.eos_token_id"].contents()
    assert found.stops[0] == keys["tokenizer.ggml.tokens"].contents(eos)


def test_all_ends_are_stops(tmp_path):
    tokens = ["a", "<end>", "<|endoftext|>", "<|im_end|>", "<|fim_pad|>"]
    ids = {"tokenizer__ggml__eos_token_id": 3, "tokenizer__ggml__eot_token_id": 1, "tokenizer__ggml__eom_token_id": 1}
    assert facts(tmp_path, tokenizer__ggml__tokens=tokens, **ids).stops == ("<|im_end|>", "<end>", "<|endoftext|>")


def test_gemma_4_stops_where_ollama_would_stop_it(tmp_path):
    """server/create.go, createModel: "<turn|>", unless others are given."""
    tokens = ["<eos>", "<turn|>", "a"]
    assert "<turn|>" in facts(tmp_path, tokenizer__ggml__tokens=tokens, tokenizer__ggml__eos_token_id=0).stops


def test_an_end_that_llama_cpp_revokes_is_none(tmp_path):
    tokens = ["<|end|>", "<|return|>", "<|call|>"]
    found = facts(tmp_path, tokenizer__ggml__tokens=tokens, tokenizer__ggml__eos_token_id=1)
    assert found.stops == ("<|return|>", "<|call|>")


def test_what_is_html_too_is_left_to_the_token(tmp_path):
    assert facts(tmp_path, tokenizer__ggml__tokens=["</s>", "a"], tokenizer__ggml__eos_token_id=0).stops == ()


@pytest.mark.parametrize("keys", [{}, {"tokenizer__ggml__tokens": ["a"], "tokenizer__ggml__eos_token_id": 99}])
def test_no_ends(tmp_path, keys):
    assert facts(tmp_path, **keys).stops == ()


@pytest.mark.parametrize(("pooling", "task"), [(0, Task.TEXT), (1, Task.EMBEDDING), (4, Task.RERANKING)])
def test_the_task_is_told_by_the_pooling(tmp_path, pooling, task):
    assert facts(tmp_path, general__architecture="qwen3", qwen3__pooling_type=pooling).task is task


def test_the_licence(tmp_path):
    assert facts(tmp_path, general__license="apache-2.0").license == "apache-2.0"
    assert facts(tmp_path, general__license="other", general__license__name="Gemma").license == "Gemma"


def test_an_adapter_is_no_model(tmp_path):
    with pytest.raises(DeliveryError, match=r"m\.gguf is not a model but goes with one"):
        facts(tmp_path, general__type="adapter")


def test_a_file_that_is_cut_is_refused(gguf):
    with gguf.open("r+b") as stream:
        stream.truncate(gguf.stat().st_size - 1)
    with pytest.raises(CheckpointError, match="bytes are missing"):
        read_model_file(gguf)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"\x00" * 100])
def test_no_gguf_file(tmp_path, content):
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"m\.gguf cannot be read"):
        read_model_file(tmp_path / "m.gguf")


def test_any_part_stands_for_all(gguf, tmp_path):
    parts = [tmp_path / f"tiny-Q8_0-{number:05d}-of-00003.gguf" for number in (1, 2, 3)]
    for part in parts:
        shutil.copy(gguf, part)
    found = read_model_file(parts[1])
    assert found.paths == tuple(parts)
    assert found.byte_count == 3 * gguf.stat().st_size
    parts[2].unlink()
    with pytest.raises(DeliveryError, match=r"tiny-Q8_0-00003-of-00003\.gguf is missing"):
        read_model_file(parts[0])


@pytest.mark.parametrize(
    ("file", "type_number", "name"),
    [
        ("my-model-Q8_0.gguf", 7, "my-model:q8_0"),
        ("My Model-Q8_0.gguf", 7, "my-model:q8_0"),
        ("my-model.q8_0.gguf", 7, "my-model:q8_0"),
        ("my-model.gguf", 7, "my-model:q8_0"),
        ("my-model-Q4_K_M.gguf", None, "my-model-q4_k_m:latest"),
        ("Modèle 日本.gguf", 7, "mod-le:q8_0"),
        ("日本.gguf", 7, "model:q8_0"),
        ("x" * 100 + ".gguf", 7, "x" * 80 + ":q8_0"),
        ("--a--Q8_0.gguf", 7, "a:q8_0"),
    ],
)
def test_a_name_for_ollama(tmp_path, file, type_number, name):
    keys = {} if type_number is None else {"general__file_type": type_number}
    assert usual_name(facts(tmp_path, file, **keys)) == name
    assert checked_name(name) == name
