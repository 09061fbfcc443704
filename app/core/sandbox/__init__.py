"""Work on hostile input, in a process of its own with limits on time and memory."""

from app.core.sandbox.run import SandboxError, run_in_sandbox
from app.core.sandbox.running import no_children, thread_for_children

__all__ = ["SandboxError", "no_children", "run_in_sandbox", "thread_for_children"]
