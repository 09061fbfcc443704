"""A process that ends in the middle of a copy: LM Studio finds nothing half-done."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.deliver import arrival
from app.core.deliver.lm_studio import LmStudioPlace, deliver_to_lm_studio

ROOT = Path(__file__).parents[3]
COPYING = """
import sys, time
from pathlib import Path
from app.core.deliver import arrival
from app.core.deliver.lm_studio import LmStudioPlace, deliver_to_lm_studio
from app.core.sudden_end import end_on_signals

def wait(progress):
    print("copying", flush=True)
    time.sleep(60)

arrival.SHARING, arrival.PIECE = (), 1024
end_on_signals()
deliver_to_lm_studio(Path(sys.argv[1]), LmStudioPlace("me", "my-model"), on_progress=wait)
"""


def ended_while_copying(file, number):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", COPYING, str(file)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"copying\n"
        process.send_signal(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(number, file, models):
    ended_while_copying(file, number)
    assert not models.exists()


def test_no_time_for_anything(file, models, monkeypatch):
    ended_while_copying(file, signal.SIGKILL)
    assert [path.name for path in models.rglob("*") if path.is_file()] == [f"{file.name}.part"]
    monkeypatch.setattr(arrival, "SHARING", ())
    found = deliver_to_lm_studio(file, LmStudioPlace("me", "my-model"))
    assert found.path.read_bytes() == file.read_bytes()
    assert list(found.path.parent.iterdir()) == [found.path]
