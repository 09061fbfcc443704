"""A model is asked where it is, by the name that it has there, and what it says is shown."""

from threading import Event

import pytest

from app.core.deliver.answer import ask_llama_app, ask_ollama, ask_openai
from app.core.deliver.listening_place import Place
from app.core.deliver.loopback import LostError
from app.core.deliver.model_file import read_model_file
from app.core.deliver.ollama import deliver_to_ollama
from app.core.errors import Cancelled, DeliveryError
from tests.core.deliver.openai_server import CHAT, message


def test_ollama_answers(ollama, gguf):
    found = deliver_to_ollama(read_model_file(gguf))
    answer = ask_ollama(found.place, found.name, "Well?")
    assert (answer.question, answer.text) == ("Well?", "Paris.\nIt is.")
    assert answer.seconds >= 0
    (asked,) = ollama.asked
    assert asked["model"] == found.name
    assert asked["messages"] == [{"role": "user", "content": "Well?"}]
    assert asked["stream"] is asked["think"] is False


def test_ollama_does_not_answer(ollama, gguf):
    found = deliver_to_ollama(read_model_file(gguf))
    ollama.faults["chat"] = lambda handler: handler.say(500, {"error": "llama-server process has terminated"}) is None
    with pytest.raises(DeliveryError) as caught:
        ask_ollama(found.place, found.name)
    assert caught.value.message == "The model does not answer in Ollama: llama-server process has terminated."
    assert caught.value.hint


def test_ollama_ends_while_it_loads(ollama, gguf):
    found = deliver_to_ollama(read_model_file(gguf))
    ollama.faults["chat"] = lambda handler: handler.cut() is None
    with pytest.raises(LostError):
        ask_ollama(found.place, found.name)


def test_a_question_is_cancelled(ollama, gguf):
    found = deliver_to_ollama(read_model_file(gguf))
    waiting, go_on = Event(), Event()

    def wait(handler):
        waiting.set()
        go_on.wait(20)
        handler.cut()
        return True

    ollama.faults["chat"] = wait
    with pytest.raises(Cancelled):
        ask_ollama(found.place, found.name, is_cancelled=waiting.is_set)
    go_on.set()


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_a_model_that_still_thinks_lives(server, key):
    server.answers[CHAT] = message(**{"content": "", key: "Hm, France"})
    assert ask_openai(Place("LM Studio", "127.0.0.1", server.port), "x").text == "Hm, France"


@pytest.mark.parametrize(
    "content", [message(content=" \n"), message(content=None), (200, {}), (200, {"choices": []}), (200, {"choices": 1})]
)
def test_an_empty_answer_is_none(server, content):
    server.answers[CHAT] = content
    with pytest.raises(DeliveryError, match="does not answer in LM Studio: its answer is empty"):
        ask_openai(Place("LM Studio", "127.0.0.1", server.port), "x")


def test_an_error_in_the_form_of_openai(server):
    server.answers[CHAT] = 400, {"error": {"message": 'Failed to load model "x".', "code": 400}}
    with pytest.raises(DeliveryError, match=r'does not answer in LM Studio: Failed to load model "x"\.'):
        ask_openai(Place("LM Studio", "127.0.0.1", server.port), "x")


def test_llama_answers_by_its_own_spelling_of_the_name(server):
    """common/preset.cpp, load_from_ini: what follows the colon is written in capitals."""
    server.answers["/v1/models"] = 200, {"data": [{"id": "me/tiny:Q8_0"}]}
    server.answers[CHAT] = message(content="Paris.")
    place = Place("Llama", "127.0.0.1", server.port)
    assert ask_llama_app("me/tiny:q8_0", place).text == "Paris."
    assert server.asked[0]["model"] == "me/tiny:Q8_0"


@pytest.mark.parametrize("listed", [{"data": []}, {"data": [{"id": "me/other"}, 1]}, {}])
def test_llama_has_not_read_its_settings_yet(server, listed):
    server.answers["/v1/models"] = 200, listed
    with pytest.raises(DeliveryError, match="Llama does not know me/tiny yet"):
        ask_llama_app("me/tiny", Place("Llama", "127.0.0.1", server.port))
    assert server.asked == []
