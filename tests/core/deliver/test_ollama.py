"""A file arrives in Ollama whole, under its own name, or not at all; every fault is said in plain words."""

import hashlib
import time
from threading import Event

import pytest

from app.core.deliver.loopback import LostError, NotRunningError
from app.core.deliver.model_file import read_model_file
from app.core.deliver.ollama import deliver_to_ollama
from app.core.errors import Cancelled, DeliveryError
from app.core.progress import Progress, Stage
from tests.core.deliver.header_by_hand import write_header
from tests.core.deliver.ollama_server import FULL


def refused(gguf, **how):
    with pytest.raises(DeliveryError) as caught:
        deliver_to_ollama(read_model_file(gguf), **how)
    assert caught.value.hint
    return caught.value.message


def test_a_file_arrives(ollama, gguf):
    seen: list[Progress] = []
    found = deliver_to_ollama(read_model_file(gguf), system="Be brief.", on_progress=seen.append)
    digest = f"sha256:{hashlib.sha256(gguf.read_bytes()).hexdigest()}"
    assert found.name == "tiny-gemma:bf16"
    assert found.copied == gguf.stat().st_size
    assert ollama.blobs == {digest: gguf.read_bytes()}
    assert ollama.created == [
        {
            "model": "tiny-gemma:bf16",
            "files": {"Tiny Gemma-BF16.gguf": digest},
            "parameters": {"stop": list(read_model_file(gguf).stops)},
            "system": "Be brief.",
        }
    ]
    assert {one.stage for one in seen} == {Stage.DIGEST, Stage.UPLOAD, Stage.CREATE}
    assert seen[-1].share == 1
    assert next(one.item for one in seen if one.stage is Stage.CREATE) == "parsing GGUF"


def test_a_blob_that_is_there_is_not_copied_again(ollama, gguf):
    deliver_to_ollama(read_model_file(gguf))
    assert deliver_to_ollama(read_model_file(gguf), "other").copied == 0
    assert sum(method == "POST" and "blobs" in path for method, path in ollama.requests) == 1


def test_a_known_digest_is_not_computed_again(ollama, gguf):
    seen: list[Progress] = []
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    deliver_to_ollama(read_model_file(gguf, [digest]), on_progress=seen.append)
    assert Stage.DIGEST not in {one.stage for one in seen}


def test_a_model_is_never_replaced_unasked(ollama, gguf):
    deliver_to_ollama(read_model_file(gguf), "mine")
    ollama.models["mine:latest"]["system"] = "old"
    assert refused(gguf, name="Mine") == "Ollama already has a model named Mine."
    assert ollama.models["mine:latest"]["system"] == "old"
    deliver_to_ollama(read_model_file(gguf), "mine", overwrite=True)
    assert ollama.models["mine:latest"]["system"] == ""


def test_a_name_that_was_taken_during_the_upload_is_seen(ollama, gguf):
    def take(_):
        ollama.models["mine:latest"] = {}
        return False

    ollama.faults["blob"] = take
    assert refused(gguf, name="mine") == "Ollama already has a model named mine."
    assert ollama.created == []


def test_not_running(ollama, gguf, monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    with pytest.raises(NotRunningError, match="not running"):
        deliver_to_ollama(read_model_file(gguf))


@pytest.mark.parametrize("version", ["0.29.9", "0.5.13", "0.29.9-rc1"])
def test_too_old(ollama, gguf, version):
    ollama.version = version
    assert refused(gguf) == f"Ollama {version} is too old: it runs GGUF files with an engine of its own."
    assert len(ollama.requests) == 1


@pytest.mark.parametrize("version", ["0.30.0-rc2", "0.34.1", "1.0.0", "0.0.0", "main"])  # 0.0.0: version/version.go
def test_new_enough(ollama, gguf, version):
    ollama.version = version
    deliver_to_ollama(read_model_file(gguf))


@pytest.mark.parametrize("answer", [{"hello": 1}, [1], "x"])
def test_another_program_on_its_port(ollama, gguf, answer):
    ollama.faults["version"] = lambda handler: handler.say(200, answer) is None
    assert refused(gguf) == f"What answers at http://127.0.0.1:{ollama.port} is not Ollama."


def test_a_redirect_is_not_followed(ollama, gguf):
    def redirect(handler):
        handler.send_response(307)
        handler.send_header("Location", "http://192.0.2.1/api/version")
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    ollama.faults["version"] = redirect
    assert refused(gguf) == f"What answers at http://127.0.0.1:{ollama.port} is not Ollama."


def test_a_disk_that_is_full_before_all_is_sent(ollama, gguf):
    """NewLayer's error is 500; Go then closes the connection on what is still coming."""

    def full(handler):
        handler.rfile.read(1000)
        handler.close_connection = True
        handler.say(500, {"error": FULL})
        return True

    ollama.faults["blob"] = full
    assert refused(gguf).startswith("The disk of Ollama's models is full: while")
    assert ollama.models == {}


def test_a_disk_that_is_full_while_the_model_is_made(ollama, gguf):
    ollama.faults["copy"] = lambda handler: handler.write_line({"error": f"failed: {FULL}"}) is None
    assert refused(gguf).startswith("The disk of Ollama's models is full")
    assert ollama.models == {}


def test_a_file_that_changed_after_it_was_hashed(ollama, gguf):
    assert refused_with_digest(gguf) == f"{gguf.name} changed after it was hashed: Ollama received other bytes."
    assert ollama.blobs == {}


def refused_with_digest(gguf):
    with pytest.raises(DeliveryError) as caught:
        deliver_to_ollama(read_model_file(gguf, ["0" * 64]))
    return caught.value.message


def test_a_model_that_ollama_does_not_take(ollama, gguf):
    """create.go: before the first status an error is the answer, with its own HTTP status."""
    ollama.faults["create"] = lambda handler: (
        handler.say(400, {"error": "supplied file was not in GGUF format"}) is None
    )
    assert refused(gguf) == "Ollama refused the model: supplied file was not in GGUF format."


@pytest.mark.parametrize("place", ["blob", "show", "create", "copy", "version"])
def test_a_connection_that_is_lost(ollama, gguf, place):
    def cut(handler):
        if place == "blob":
            handler.rfile.read(1000)
        handler.cut()
        return True

    ollama.faults[place] = cut
    with pytest.raises(LostError, match="The connection to Ollama was lost"):
        deliver_to_ollama(read_model_file(gguf))
    assert ollama.models == {}


def test_an_answer_that_ends_early(ollama, gguf):
    ollama.faults["copy"] = lambda _: True
    assert refused(gguf) == "The connection to Ollama was lost."


def test_a_model_that_is_not_what_was_given(ollama, gguf):
    calls = []

    def other(handler):
        calls.append(1)
        if len(calls) < 3:
            return False
        handler.say(200, {"model_info": {"general.architecture": "llama"}})
        return True

    ollama.faults["show"] = other
    assert refused(gguf) == "Ollama does not show tiny-gemma:bf16 as it was given."


@pytest.mark.parametrize("place", ["blob", "create", "copy", "version"])
def test_cancelled_while_ollama_says_nothing(ollama, gguf, place):
    """A slow disk, or a large model: whoever waits is woken."""
    waiting, go_on = Event(), Event()

    def wait(handler):
        waiting.set()
        go_on.wait(20)
        handler.cut()
        return True

    ollama.faults[place] = wait
    began = time.monotonic()
    with pytest.raises(Cancelled):
        deliver_to_ollama(read_model_file(gguf), is_cancelled=waiting.is_set)
    go_on.set()
    assert time.monotonic() - began < 10
    assert ollama.models == {}


def test_cancelled_during_the_upload(ollama, gguf):
    def stop(progress):
        stopped.append(progress.stage is Stage.UPLOAD)

    stopped: list[bool] = []
    with pytest.raises(Cancelled):
        deliver_to_ollama(read_model_file(gguf), on_progress=stop, is_cancelled=lambda: any(stopped))
    assert ollama.created == []


@pytest.mark.parametrize("name", ["-x", "a b", "a:b:c", "a/b/c/d", "x" * 81, "ä", "a\n", "a/b.c/", "b.c/d"])
def test_names_that_ollama_does_not_take(ollama, gguf, name):
    assert "cannot be the name of a model in Ollama" in refused(gguf, name=name)
    assert ollama.requests == []


@pytest.mark.parametrize("name", ["a", "a:b", "me/a_b.c-d:Q4_K_M", "localhost:5000/me/a:b", "x" * 80])
def test_names_that_it_takes(ollama, gguf, name):
    assert deliver_to_ollama(read_model_file(gguf), name).name == name


def test_all_parts_arrive_under_their_names(ollama, tmp_path):
    """create.go, splitGGUFGroupKey: parts are put together by their names and their keys split.no and split.count."""
    parts = [f"tiny-{number:05d}-of-00002.gguf" for number in (1, 2)]
    for number, name in enumerate(parts):
        keys = {"general.architecture": "llama", "split.no": number, "split.count": 2}
        write_header(tmp_path / name, keys)
    found = deliver_to_ollama(read_model_file(tmp_path / parts[1]))
    sizes = [(tmp_path / name).stat().st_size for name in parts]
    assert found.name == "tiny:latest"
    assert found.copied == sum(sizes)
    (request,) = ollama.created
    assert list(request["files"]) == parts
    assert [len(ollama.blobs[digest]) for digest in request["files"].values()] == sizes
