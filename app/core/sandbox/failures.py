"""Why a task of a child process failed, as the child names it; run.py has the words."""

MEMORY, UNUSABLE, STOPS = "memory", "unusable", "stops"
