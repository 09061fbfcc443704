"""Converts a pickled plan, or a list of them, in a process of its own; to be killed, starved and measured."""

import argparse
import json
import os
import pickle
import resource
import shutil
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from app.core.convert import convert_all
from app.core.errors import AppError


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--user", type=int, help="become this user, once the plan is read")
    parser.add_argument("--pause", type=float, default=0, help="seconds after each chunk")
    parser.add_argument("--endless-disk", action="store_true", help="believe that there is space")
    arguments = parser.parse_args()
    plan = pickle.loads(arguments.plan.read_bytes())
    if arguments.user is not None:
        os.setuid(arguments.user)
    if arguments.endless_disk:
        shutil.disk_usage = lambda _: SimpleNamespace(free=1 << 60)  # type: ignore[assignment,return-value]
    before = peak_memory()
    kind = message = hint = ""
    try:
        plans = plan if isinstance(plan, list) else [plan]
        targets = [arguments.target, *(arguments.target.with_suffix(f".{n}.gguf") for n in range(1, len(plans)))]
        orders = list(zip(plans, targets, strict=True))
        convert_all(orders, on_progress=lambda _: time.sleep(arguments.pause), threads=2)
    except AppError as error:
        kind, message, hint = type(error).__name__, error.message, error.hint
    json.dump({"error": kind, "message": message, "hint": hint, "growth": peak_memory() - before}, sys.stdout)


def peak_memory() -> int:
    """Bytes. Linux hands the parent's peak on to a child in ru_maxrss, but not in VmHWM."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    main()
