"""llama.cpp with a vocabulary: a GGUF file that is little more than that, and a process that answers questions."""

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

from app.core.plan.header.metadata import add_vocabulary
from app.core.tokenizer import Vocabulary
from tests.engines.ask import MARK

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
    """`with LlamaCppTokenizer(file) as encode: encode(text)` gives the ids, special tokens recognised and added.

    `encode.stops_on(token_id)` lets the model say that token, and tells whether llama.cpp takes it for the end.
    """

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
        return self._ask({"text": text})

    def stops_on(self, token_id: int) -> bool:
        return self._ask({"token": token_id})

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = next((line for line in iter(self._process.stdout.readline, "") if line.startswith(MARK)), None)
        assert answer, "llama.cpp did not load the file"
        return json.loads(answer.removeprefix(MARK))


def main() -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.n_ctx, parameters.n_parallel, parameters.warmup, parameters.n_gpu_layers = 256, 1, False, 0
    parameters.fit_params = False  # which would load the file twice
    parameters.use_jinja = False  # its own cannot parse Mistral Nemo's chat template
    server = xllamacpp.Server(parameters)
    for line in sys.stdin:
        print(MARK + json.dumps(answer(server.listening_address, **json.loads(line))), flush=True)
    os._exit(0)  # the server's threads may not end by themselves


def answer(address: str, text: str = "", token: int | None = None) -> Any:
    if token is None:
        return post(f"{address}/tokenize", content=text, add_special=True, parse_special=True)["tokens"]
    # all weights are zeros: no token is likelier than another, but for the one with a bias
    said = post(f"{address}/completion", prompt=[0], n_predict=1, temperature=0, logit_bias=[[token, 100]])
    return said["stop_type"] == "eos"


def post(url: str, **question: Any) -> dict[str, Any]:
    request = urllib.request.Request(url, json.dumps(question).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


if __name__ == "__main__":
    main()
