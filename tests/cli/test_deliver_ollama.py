"""deliver on the command line: where the file is now, what it is called there, what it answers."""

import signal
from argparse import Namespace
from threading import Event

import pytest

from app.cli.bring_written import bring_written
from app.core.checkpoint import open_checkpoint
from app.core.convert import WrittenFile, convert, prepare_plan, sha256_of
from app.core.convert.written_file import StageSeconds
from app.core.deliver import answer, lm_studio_answer
from app.core.deliver import ollama as core_ollama
from app.core.language import english
from app.core.plan import PlanOptions
from tests.cli.expect_refusal import expect_refusal
from tests.core.deliver.header_by_hand import write_header
from tests.core.deliver.openai_server import CHAT, message, running_openai


@pytest.fixture(scope="module")
def gguf(tied_folder, tmp_path_factory):
    plan = prepare_plan(open_checkpoint(tied_folder), PlanOptions())
    return convert(plan, tmp_path_factory.mktemp("made") / "my tiny-BF16.gguf").path


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_to_ollama(run, ollama, gguf):
    code, out, err = run("deliver", gguf, "--to", "ollama", "--system", "Be brief.", "--ask")
    assert (code, err) == (0, "")
    first, try_it, asked, after, *said = out.splitlines()
    assert first == "my-tiny:bf16 is now in Ollama; 2.04 MB copied."
    assert try_it == "Try it: ollama run my-tiny:bf16"
    assert asked == f"Asked: {answer.QUESTION}"
    assert after == "The answer took under 1 s:"
    assert said == ["  Paris.", "  It is."]
    assert ollama.created[0]["system"] == "Be brief."


def test_to_ollama_again(run, ollama, gguf):
    assert run("deliver", gguf, "--to", "ollama", "--name", "mine")[0] == 0
    expect_refusal(run("deliver", gguf, "--to", "ollama", "--name", "mine"), "already has a model named mine")
    code, out, _ = run("deliver", gguf, "--to", "ollama", "--name", "mine", "--overwrite")
    assert (code, out.splitlines()[0]) == (0, "mine is now in Ollama, which had the weights already.")


def test_a_model_that_does_not_answer_has_arrived(run, ollama, gguf):
    ollama.faults["chat"] = lambda handler: handler.say(500, {"error": "no memory"}) is None
    code, out, err = run("deliver", gguf, "--to", "ollama", "--ask")
    assert code == 1
    assert "my-tiny:bf16 is now in Ollama" in out
    assert "The model does not answer in Ollama: no memory." in err
    assert "The model itself has arrived." in err


def test_an_embedding_model_is_not_asked(run, ollama, tmp_path):
    keys = {"general.architecture": "qwen3", "qwen3.pooling_type": 1}
    code, out, _ = run("deliver", write_header(tmp_path / "e.gguf", keys), "--to", "ollama", "--ask")
    assert code == 0
    assert "ollama run" not in out
    assert "it was not asked anything" in out
    assert ollama.asked == []


def test_ollama_elsewhere_is_refused(run, gguf, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "gpu-server.example")
    expect_refusal(run("deliver", gguf, "--to", "ollama"), "gpu-server.example, which is not this machine")


def test_to_a_modelfile(run, gguf):
    code, out, _ = run("deliver", gguf, "--to", "modelfile", "--name", "mine:small")
    modelfile = gguf.with_suffix(".Modelfile")
    assert code == 0
    assert out == f"Wrote {modelfile}.\nTry it: ollama create mine:small -f '{modelfile}'\n"
    assert modelfile.read_text().startswith("FROM ./my tiny-BF16.gguf\n")
    expect_refusal(run("deliver", gguf, "--to", "modelfile"), "already exists")
    expect_refusal(run("deliver", gguf, "--to", "modelfile", "--overwrite", "--ask"), "cannot be asked")


def test_to_llama(run, gguf, home):
    code, out, _ = run("deliver", gguf, "--to", "llama-app")
    settings = home / ".config" / "llama" / "models.user.ini"
    assert code == 0
    assert out.splitlines() == [
        f"Added me/my-tiny:BF16 to {settings}. Llama reads it when it starts: quit Llama and open it again.",
        f"Try it: llama-cli -m '{gguf}'",
        f"Try it: llama-server -m '{gguf}'",
    ]
    assert settings.read_text() == f"[me/my-tiny:BF16]\nmodel = {gguf}\n"
    assert run("deliver", gguf, "--to", "llama-app")[1].startswith(f"{settings} has me/my-tiny:BF16 already.\n")
    expect_refusal(run("deliver", gguf, "--to", "llama-app", "--system", "x"), "hold no system prompt")


def test_llama_answers(run, gguf, home, monkeypatch):
    with running_openai() as server:
        monkeypatch.setattr(answer, "LLAMA_APP_PORT", server.port)
        server.answers["/v1/models"] = 200, {"data": [{"id": "me/my-tiny:BF16"}]}
        server.answers["/v1/chat/completions"] = 200, {"choices": [{"message": {"content": "\x1b[2JParis."}}]}
        code, out, _ = run("deliver", gguf, "--to", "llama-app", "--ask")
    assert code == 0
    assert out.endswith("\n  \\u001b[2JParis.\n")


def test_a_llama_server_with_the_file_answers_for_llama(run, gguf, home, monkeypatch):
    monkeypatch.setattr(answer, "LLAMA_APP_PORT", 9)
    with running_openai() as server:
        monkeypatch.setattr(answer, "LLAMA_SERVER_PORT", server.port)
        server.answers["/props"] = 200, {"model_path": str(gguf)}
        server.answers["/v1/chat/completions"] = 200, {"choices": [{"message": {"content": "Paris."}}]}
        code, out, _ = run("deliver", gguf, "--to", "llama-app", "--ask")
    assert (code, out.splitlines()[-1]) == (0, "  Paris.")


def test_neither_llama_nor_llama_server_runs(run, gguf, home, monkeypatch):
    monkeypatch.setattr(answer, "LLAMA_APP_PORT", 9)
    monkeypatch.setattr(answer, "LLAMA_SERVER_PORT", 9)
    code, _, err = run("deliver", gguf, "--to", "llama-app", "--ask")
    assert code == 1
    assert "Llama is not running: nothing answers at http://127.0.0.1:9." in err


def test_wrong_usage(run, gguf):
    assert run("deliver", gguf)[0] == 2
    assert run("deliver", gguf, "--to", "the moon")[0] == 2
    assert run("deliver", "", "--to", "ollama")[0] == 2


def test_a_folder_is_no_file(run, tied_folder, ollama):
    expect_refusal(run("deliver", tied_folder, "--to", "ollama"), "cannot be read")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_killed_during_the_upload_it_leaves_nothing(ollama, start, gguf, number):
    """Ollama's NewLayer reads to the end, or fails and removes its temporary file."""
    begun, over = Event(), Event()

    def slow(handler):
        handler.rfile.read(1000)
        begun.set()
        over.wait(20)
        return False

    ollama.faults["blob"] = slow
    child = start("deliver", gguf, "--to", "ollama")
    assert begun.wait(30)
    child.send_signal(number)
    _, err = child.communicate(timeout=30)
    over.set()
    assert child.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in err
    assert ollama.models == {}


def test_convert_and_deliver(run, ollama, model):
    model = model.rename(model.with_name("mine"))
    code, out, err = run("convert", model, "--type", "f16,q8_0", "--to", "ollama", "-o", model.parent)
    assert (code, err) == (0, "")
    assert sorted(ollama.models) == ["mine:f16", "mine:q8_0"]
    assert "mine:f16 is now in Ollama;" in out
    assert "Try it: ollama run mine:q8_0" in out


def test_what_stands_in_the_way_is_said_before_the_conversion(run, ollama, model):
    model = model.rename(model.with_name("mine"))
    ollama.models["mine:f16"] = {}
    expect_refusal(run("convert", model, "--type", "f16", "--to", "ollama"), "already has a model named mine:f16")
    assert not (model.parent / "mine-F16.gguf").exists()
    assert run("convert", model, "--type", "f16", "--to", "ollama", "--overwrite")[0] == 0


def test_ollama_is_not_running_before_the_conversion(run, model, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    expect_refusal(run("convert", model, "--type", "f16", "--to", "ollama"), "Ollama is not running")
    assert list(model.parent.glob("*.gguf")) == []


def test_a_file_that_was_verified_is_not_hashed_again(ollama, gguf, monkeypatch, capsys):
    digest = sha256_of(gguf)
    monkeypatch.setattr(core_ollama, "sha256_of", None)
    written = WrittenFile(gguf, gguf.stat().st_size, 1.0, StageSeconds(0, 0, 0, 0))
    arguments = Namespace(to="ollama", overwrite=False, json=False, language=english())
    bring_written([written], {gguf: digest}, arguments)
    assert "my-tiny:bf16 is now in Ollama" in capsys.readouterr().out


def test_lm_studio_is_asked(run, home, gguf, monkeypatch):
    monkeypatch.setenv("USER", "somebody")
    (home / ".lmstudio").mkdir()
    with running_openai() as server:
        monkeypatch.setattr(lm_studio_answer, "LM_STUDIO_PORT", server.port)
        entry = {"type": "llm", "publisher": "somebody", "key": "my-tiny", "size_bytes": 1, "format": "gguf"}
        server.answers["/api/v1/models"] = 200, {"models": [entry]}
        server.answers[CHAT] = message(content="Paris.")
        code, out, err = run("deliver", gguf, "--to", "lm-studio", "--ask")
    assert (code, err) == (0, "")
    assert out.splitlines()[-3:] == [f"Asked: {answer.QUESTION}", "The answer took under 1 s:", "  Paris."]
    assert server.asked[0]["model"] == "my-tiny"


def test_lm_studio_does_not_run_but_has_it(run, home, gguf, monkeypatch):
    (home / ".lmstudio").mkdir()
    monkeypatch.setattr(lm_studio_answer, "LM_STUDIO_PORT", 9)
    code, out, err = run("deliver", gguf, "--to", "lm-studio", "--ask")
    assert code == 1
    assert "LM Studio has" in out
    assert "LM Studio's server is not running" in err
    assert "The model itself has arrived." in err
