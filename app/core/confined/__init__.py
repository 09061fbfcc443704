"""Work on hostile input, in a process of its own with limits on time and memory."""

from app.core.confined.run import ConfinedError, run_confined

__all__ = ["ConfinedError", "run_confined"]
