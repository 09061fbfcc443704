"""llama.cpp with a GGUF file, on the CPU: logits of the whole vocabulary, tokens, pieces."""

import os
from typing import Any

import numpy as np

from app.core.arrays import Floats
from app.core.verify.engines import llama_h
from app.core.verify.engines.model import FailedError, Failure


class LlamaCpp:
    """One file. All settings are llama.cpp's defaults, but for a cache in float32 and no flash attention."""

    def __init__(self, path: str, adapter: str | None = None, scale: float = 1.0, threads: int = 0) -> None:
        """`adapter`: a GGUF adapter that counts `scale` times. Raises FailedError."""
        self._model = llama_h.load_model(os.fsencode(path), llama_h.model_parameters())
        if not self._model:
            raise FailedError(Failure.LOAD)
        self.vocabulary = llama_h.vocabulary_of(self._model)
        self.token_count: int = llama_h.token_count(self.vocabulary)
        self._context: Any = None
        self._adapter, self._scale, self._threads = adapter, scale, threads or os.cpu_count() or 1
        self._position = 0

    def restart(self) -> None:
        """Forget what was computed: the next token is the first one. Raises FailedError."""
        if self._context is None:
            self._context = self._make_context()
        llama_h.clear_memory(llama_h.memory_of(self._context), True)
        self._position = 0

    def _make_context(self) -> Any:
        context = llama_h.make_context(self._model, llama_h.context_parameters())
        if not context:
            raise FailedError(Failure.COMPUTE)
        llama_h.set_threads(context, self._threads, self._threads)
        if self._adapter is not None:
            adapter = llama_h.load_adapter(self._model, os.fsencode(self._adapter))
            if not adapter or not llama_h.set_adapter(context, adapter, self._scale):
                raise FailedError(Failure.ADAPTER)
        return context

    def logits(self, ids: list[int]) -> Floats:
        """(n,) tokens that follow those before → (n, token_count) logits after each of them. At most BATCH at once."""
        batch = llama_h.make_batch(len(ids), 0, 1)
        try:
            batch.n_tokens = len(ids)
            for place, token in enumerate(ids):
                batch.token[place], batch.pos[place] = token, self._position + place
                batch.n_seq_id[place], batch.seq_id[place][0], batch.logits[place] = 1, 0, 1
            code = llama_h.decode(self._context, batch)
        finally:
            llama_h.free_batch(batch)
        if code:
            raise FailedError(Failure.COMPUTE, f"llama_decode: {code}")
        self._position += len(ids)
        rows = np.empty((len(ids), self.token_count), np.float32)
        for place, row in enumerate(rows):
            row[:] = np.ctypeslib.as_array(llama_h.logits_at(self._context, place), (self.token_count,))
        return rows

    def close(self) -> None:
        """Give the memory back."""
        if self._context is not None:
            llama_h.free_context(self._context)
        llama_h.free_model(self._model)

    def tokenize(self, text: str, add_special: bool = True, parse_special: bool = True) -> list[int]:
        """The ids of a text as llama.cpp's programs read it."""
        return llama_h.tokenize(self.vocabulary, text, add_special, parse_special)

    def ends(self) -> list[int]:
        """The tokens that end a text."""
        return [token for token in range(self.token_count) if llama_h.is_end(self.vocabulary, token)]

    def pieces(self, ids: list[int]) -> list[bytes]:
        """What each token stands for."""
        return [llama_h.to_piece(self.vocabulary, token) for token in ids]
