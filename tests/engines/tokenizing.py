"""llama.cpp as a tokenizer: a GGUF file that is little more than a vocabulary, and a process that answers with ids."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import gguf
import numpy as np

from app.core.plan.vocabulary_keys import add_vocabulary
from app.core.tokenizer import Vocabulary

WIDTH, HEADS = 32, 2


def write_vocabulary(vocabulary: Vocabulary, path: Path, name: str = "tokenizer") -> Path:
    """A model of one small layer with all these tokens; its weights are zeros."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)  # llama.cpp takes some of Phi 3's rules from it
    writer.add_block_count(1)
    writer.add_context_length(256)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    add_vocabulary(writer, vocabulary)
    writer.add_tensor("token_embd.weight", np.zeros((vocabulary.row_count, WIDTH), np.float16))
    for tensor in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{tensor}.weight", np.zeros(WIDTH, np.float32))
    for tensor in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{tensor}.weight", np.zeros((WIDTH, WIDTH), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


class LlamaCppTokenizer:
    """`with LlamaCppTokenizer(file) as encode: encode(text)` gives the ids, special tokens recognised and added."""

    def __init__(self, file: Path) -> None:
        command = [sys.executable, "-m", "tests.engines.tokenizing", str(file)]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, text=True, encoding="utf-8", **pipes)

    def __enter__(self) -> "LlamaCppTokenizer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def __call__(self, text: str) -> list[int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        while answer and not answer.startswith("["):
            answer = self._process.stdout.readline()
        assert answer, "llama.cpp did not load the file"
        return json.loads(answer)


def main() -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.n_ctx, parameters.n_parallel, parameters.warmup, parameters.n_gpu_layers = 256, 1, False, 0
    server = xllamacpp.Server(parameters)
    for line in sys.stdin:
        body = json.dumps({"content": json.loads(line), "add_special": True, "parse_special": True}).encode()
        request = urllib.request.Request(
            f"{server.listening_address}/tokenize", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            print(json.dumps(json.load(response)["tokens"]), flush=True)
    os._exit(0)  # the server's threads may not end by themselves


if __name__ == "__main__":
    main()
