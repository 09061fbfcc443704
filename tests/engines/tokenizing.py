"""llama.cpp with a vocabulary: a GGUF file that is little more than that, and a process that answers questions."""

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from app.core.plan.header.metadata import add_vocabulary
from app.core.tokenizer import Vocabulary
from app.core.verify.engines import EngineKind, EngineProcess

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

    `encode.stops_on(token_id)` tells whether llama.cpp takes a token for the end.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._process = EngineProcess(EngineKind.LLAMA_CPP)

    def __enter__(self) -> "LlamaCppTokenizer":
        self._process.__enter__()
        self._process.ask("open", path=str(self._file))
        self._ends = frozenset(self._process.ask("ends")["ids"])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def __call__(self, text: str) -> list[int]:
        found: list[int] = self._process.ask("tokenize", texts=[text])["ids"][0]
        return found

    def stops_on(self, token_id: int) -> bool:
        return token_id in self._ends

    def lent(self) -> "LentEngine":
        """The process, to stand where EngineProcess does."""
        return LentEngine(self._process, self._file)


class LentEngine:
    """An engine that has a file open already, and lives on."""

    def __init__(self, process: EngineProcess, file: Path) -> None:
        self._process, self._file = process, file

    def __enter__(self) -> "LentEngine":
        return self

    def __exit__(self, *_: object) -> None:
        """The owner closes it."""

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """As EngineProcess, but for the file, which must be that one."""
        if do != "open":
            return self._process.ask(do, **arguments)
        assert arguments == {"path": str(self._file)}
        return {}
