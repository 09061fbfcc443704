"""Starts run_convert in a process of its own."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

from app.core.plan import ConversionPlan

ROOT = Path(__file__).parents[3]


def command(plan: ConversionPlan | list[ConversionPlan], target: Path, folder: Path, *options: str) -> list[str]:
    """The command that converts `plan`; its pickle lies in `folder`."""
    pickled = folder / "plan.pickle"
    pickled.write_bytes(pickle.dumps(plan))
    return [sys.executable, "-m", "tests.core.convert.run_convert", str(pickled), str(target), *options]


def outcome_of(command: list[str]) -> dict:
    """What the process printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
