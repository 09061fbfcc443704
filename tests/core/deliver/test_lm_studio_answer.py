"""LM Studio is asked by the key that it has given to the file."""

import pytest

from app.core.deliver.listening_place import Place
from app.core.deliver.lm_studio_answer import ask_lm_studio
from app.core.deliver.loopback import NotRunningError
from app.core.errors import DeliveryError
from tests.core.deliver.openai_server import CHAT, message


def entry(key, publisher="me", size=10, **others):
    """As lmstudio.ai/docs/developer/rest/list shows one."""
    return {"type": "llm", "publisher": publisher, "key": key, "size_bytes": size, "format": "gguf", **others}


def asked_key(server, listed, model="My-Model-GGUF", size=10):
    server.answers["/api/v1/models"] = 200, listed
    server.answers[CHAT] = message(content="Paris.")
    place = Place("LM Studio", "127.0.0.1", server.port)
    assert ask_lm_studio("Me", model, size, place=place).text == "Paris."
    return server.asked[0]["model"]


@pytest.mark.parametrize("key", ["my-model", "me/my-model", "me/my_model@q8_0", "My-Model-GGUF"])
def test_it_is_found_by_its_name(server, key):
    others = [entry("my-model", "other"), entry("my-model-2"), entry("my-model", format="mlx"), 1, {"key": 1}]
    assert asked_key(server, {"models": [*others, entry(key, size=11)]}) == key


def test_of_two_files_it_is_the_one_of_its_size(server):
    listed = [entry("my-model@q8_0", size=20), entry("my-model@q4_k_m", size=10)]
    assert asked_key(server, {"models": listed}) == "my-model@q4_k_m"


def test_under_another_name_it_is_found_by_its_size(server):
    assert asked_key(server, {"models": [entry("a", size=9), entry("b")]}) == "b"


@pytest.mark.parametrize(
    "listed", [{}, {"models": 1}, {"models": [entry("a", size=9)]}, {"models": [entry("a"), entry("b")]}]
)
def test_it_is_not_listed_yet(server, listed):
    with pytest.raises(DeliveryError, match="LM Studio does not list Me/My-Model-GGUF yet"):
        asked_key(server, listed)
    assert server.asked == []


def test_lm_studio_is_not_running():
    with pytest.raises(NotRunningError, match="LM Studio is not running") as caught:
        ask_lm_studio("me", "tiny", 1, place=Place("LM Studio", "127.0.0.1", 9))
    assert caught.value.hint == "Start LM Studio and try again."


def test_a_server_that_wants_a_token(server):
    server.answers["/api/v1/models"] = 401, {"error": {"message": "Invalid API token"}}
    with pytest.raises(DeliveryError, match="does not answer in LM Studio: Invalid API token"):
        ask_lm_studio("me", "tiny", 1, place=Place("LM Studio", "127.0.0.1", server.port))
