"""Answers questions (a line of JSON each, on stdin) about GGUF files with llama.cpp."""

import json
import os
import sys
import urllib.request
from typing import Any

import xllamacpp

from tests.engines.ask import MARK


def main() -> None:
    for line in sys.stdin:
        print(MARK + json.dumps(answer(json.loads(line))), flush=True)
    os._exit(0)  # the servers' threads may not end by themselves


def answer(question: dict[str, Any]) -> dict[str, Any]:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = question["model"]
    parameters.n_ctx, parameters.n_parallel, parameters.warmup, parameters.n_gpu_layers = 512, 1, False, 0
    parameters.fit_params = False  # which would load the file twice
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1  # others spin while a tiny model computes
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    server = xllamacpp.Server(parameters)
    prompt = question["prompt"]
    return {
        "ids": tokenize(server, question["text"]),
        "next_tokens": [next_token(server, prompt[: n + 1], question["top"]) for n in range(len(prompt))],
    }


def tokenize(server: xllamacpp.Server, text: str) -> list[int]:
    """As a program would: with the tokens that the vocabulary says are added."""
    body = json.dumps({"content": text, "add_special": True}).encode()
    request = urllib.request.Request(f"{server.listening_address}/tokenize", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)["tokens"]


def next_token(server: xllamacpp.Server, prompt: list[int], top: int) -> dict[int, float]:
    asked = {"prompt": prompt, "n_predict": 1, "n_probs": top, "temperature": 0, "cache_prompt": True}
    logprobs = server.handle_completions(asked)["choices"][0]["logprobs"]
    if logprobs is None:  # the likeliest token ends the text, and the server then keeps its probabilities to itself
        return {}
    return {entry["id"]: entry["logprob"] for entry in logprobs["content"][0]["top_logprobs"]}


if __name__ == "__main__":
    main()
