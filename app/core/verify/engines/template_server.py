"""llama.cpp's chat templates with a GGUF file. Only its server has them: it runs here, on this machine only."""

import json
import secrets
import urllib.error
import urllib.request
from typing import Any

from app.core.verify.engines.model import FailedError, Failure

PATIENCE = 60.0  # seconds for one conversation
KEPT = 300  # letters of a complaint
_servers: list[Any] = []  # until the process ends: one that goes before its loop has begun waits for that for ever


def render(path: str, conversations: list[dict[str, Any]], with_template: bool = True) -> list[dict[str, str]]:
    """For each conversation {"text"}, or {"failure"} with what llama.cpp says.

    A conversation is the body of a question to /apply-template: messages, tools, chat_template_kwargs. Without the
    template the server only starts. Raises FailedError, also where the engine does not take the template.
    """
    import xllamacpp

    key = secrets.token_hex()  # nobody else on this machine, such as a page in a browser, is answered
    try:
        server = xllamacpp.Server(_parameters(path, key, with_template))
    except Exception as error:
        raise FailedError(Failure.LOAD) from error  # it has printed why
    _servers.append(server)
    return [_answer(f"{server.listening_address}/apply-template", key, one) for one in conversations]


def _parameters(path: str, key: str, with_template: bool) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx, parameters.n_parallel, parameters.warmup, parameters.n_gpu_layers = 256, 1, False, 0
    parameters.fit_params = False  # which would load the file twice
    parameters.no_extra_bufts = True  # weights stay as they are in the file: nothing is computed with them
    parameters.api_keys = [key]
    if not with_template:
        parameters.use_jinja, parameters.chat_template = False, "chatml"
    parameters.cache_ram_mib, parameters.ui = 0, False
    return parameters


def _answer(url: str, key: str, conversation: dict[str, Any]) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, json.dumps(conversation).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxy this machine has
    try:
        with opener.open(request, timeout=PATIENCE) as response:
            return {"text": json.load(response)["prompt"]}
    except urllib.error.HTTPError as error:
        return {"failure": _complaint(error.read())}


def _complaint(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["error"]["message"])[:KEPT]
    except (ValueError, KeyError, TypeError):
        return raw.decode(errors="replace")[:KEPT]
