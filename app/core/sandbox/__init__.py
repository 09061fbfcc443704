"""Work on hostile input, in a process of its own with limits on time and memory."""

from app.core.sandbox.run import ConfinedError, run_confined
from app.core.sandbox.running import no_children, thread_for_children

__all__ = ["ConfinedError", "no_children", "run_confined", "thread_for_children"]
