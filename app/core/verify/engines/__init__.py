"""The two engines that compute with a model, llama.cpp and mlx-lm, each in a child process."""

from app.core.verify.engines.model import Failure
from app.core.verify.engines.process import EngineError, EngineKind, EngineProcess, Patience

__all__ = ["EngineError", "EngineKind", "EngineProcess", "Failure", "Patience"]
