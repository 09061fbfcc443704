"""Which processes are there, as ps tells."""

import subprocess
import time

TOLERANCE = 10  # seconds, on a busy machine; a child that nobody ends takes a minute


def is_there(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def children_of(pid: int) -> list[int]:
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(child) for child, parent in map(str.split, table.splitlines()) if int(parent) == pid]


def wait_until(is_done, seconds=TOLERANCE):
    end = time.monotonic() + seconds
    while not (found := is_done()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found
