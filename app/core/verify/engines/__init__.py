"""The two engines that compute with a model, llama.cpp and mlx-lm, each in a child process."""

from app.core.verify.engines.process import EngineError, EngineKind, EngineProcess, Patience, RefusalError

__all__ = ["EngineError", "EngineKind", "EngineProcess", "Patience", "RefusalError"]
