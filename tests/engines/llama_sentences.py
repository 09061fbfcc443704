"""Answers questions (a line of JSON each, on stdin) about GGUF files that make vectors or scores, with llama.cpp."""

import json
import os
import sys
import urllib.request
from typing import Any

import xllamacpp

from tests.engines.sentence_process import MARK

LONGEST = 1024  # tokens; without causal attention llama.cpp wants a text in one batch


def main() -> None:
    for line in sys.stdin:
        print(MARK + json.dumps(answer(json.loads(line))), flush=True)
    os._exit(0)  # the servers' threads may not end by themselves


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Of `texts` their vectors; of `documents` how well each answers the `query`. All pooling is the file's own."""
    server = _server(question)
    if "texts" in question:
        found = server.handle_embeddings({"input": question["texts"], "encoding_format": "float"})
        vectors = [one["embedding"] for one in sorted(found["data"], key=lambda one: one["index"])]
        return {"ids": [_tokens(server, one, add_special=True) for one in question["texts"]], "vectors": vectors}
    documents = question["documents"]
    found = server.handle_rerank({"query": question["query"], "documents": documents})
    scores = [one["relevance_score"] for one in sorted(found["results"], key=lambda one: one["index"])]
    prompts = [
        question["prompt"].replace("{query}", question["query"]).replace("{document}", document)
        for document in documents
    ]
    return {"ids": [_tokens(server, one, add_special=False) for one in prompts], "scores": scores}


def _server(question: dict[str, Any]) -> xllamacpp.Server:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = question["model"]
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = LONGEST
    parameters.n_parallel, parameters.warmup, parameters.n_gpu_layers = 1, False, 0
    parameters.fit_params = False  # which would load the file twice
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    parameters.embedding = True
    if "documents" in question:  # as llama-server --reranking sets it
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
    return xllamacpp.Server(parameters)


def _tokens(server: xllamacpp.Server, text: str, add_special: bool) -> list[int]:
    body = json.dumps({"content": text, "add_special": add_special, "parse_special": True}).encode()
    request = urllib.request.Request(f"{server.listening_address}/tokenize", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)["tokens"]


if __name__ == "__main__":
    main()
