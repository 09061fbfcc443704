"""An engine that plays: what it was asked is kept, and what it answers is told beforehand."""

import numpy as np

from app.core.verify.engines import EngineKind

CHOSEN = {"id": 5, "log_probability": -0.5, "second": 6, "second_log_probability": -1.5}


class PlayedEngines:
    """To stand where predictions.py has EngineProcess. `fails`: (engine, question) → the error that is raised.

    `widths`: tokens of each engine's table. `asked`: (engine, question, arguments) in order; `limits`: of memory.
    """

    def __init__(self, width, fails=None):
        self.widths = dict.fromkeys(EngineKind, width)
        self.fails = fails or {}
        self.asked, self.limits, self.running = [], {}, []

    def __call__(self, kind, *, memory_bytes, is_cancelled):
        self.limits[kind] = memory_bytes
        return _Played(self, kind)


class _Played:
    def __init__(self, all_of_them, kind):
        self._all, self.kind = all_of_them, kind

    def __enter__(self):
        assert self._all.running == [], "memory holds one model"
        self._all.running.append(self.kind)
        return self

    def __exit__(self, *_):
        self._all.running.remove(self.kind)

    def close(self):
        pass

    def ask(self, do, on_step=None, **arguments):
        self._all.asked.append((self.kind, do, arguments))
        if error := self._all.fails.get((self.kind, do)):
            raise error
        return getattr(self, f"_{do}")(on_step, **arguments)

    def _open(self, _, path, adapter=None):
        return {"token_count": self._all.widths[self.kind]}

    def _tables(self, on_step, passages, target):
        width, count = self._all.widths[self.kind], sum(map(len, passages))
        np.full((count, width), -np.log(width), np.float32).tofile(target)
        on_step(count)
        return {"token_count": width}

    def _continue(self, on_step, prompt, count, ends):
        on_step(len(prompt))
        on_step(len(prompt) + 2)
        return {"tokens": [CHOSEN, {**CHOSEN, "id": 7 if self.kind is EngineKind.MLX_LM else 8}]}

    def _pieces(self, _, ids):
        return {"pieces": [f"<{i}>".encode().hex() for i in ids]}
