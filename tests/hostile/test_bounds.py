"""Whatever a folder claims to hold, the program says soon what is wrong with it, and takes little memory for that."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.claims import CLAIMS, claiming_folder
from tests.hostile.road import RSS_UNIT
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

MEMORY_BYTES = 450 << 20
CPU_SECONDS = 15  # for one folder on a busy machine; without bounds half a minute and more, or gigabytes
# A child of this process would begin with its peak (getrusage(2)); one of a small process does not.
MEASURED = """
import json, os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "app", "inspect", sys.argv[1]], stdout=subprocess.PIPE)
text = child.stdout.read(1 << 26).decode()
_, status, usage = os.wait4(child.pid, 0)
stops = [line for line in text.splitlines() if line.startswith("✗")]
print(json.dumps([status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, len(text), stops]))
"""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return gemma3_folder(tmp_path_factory.mktemp("sound") / "tiny", config=gemma3_config(row_count()))


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_costs_little(claim, sound, tmp_path):
    folder = claiming_folder(sound, tmp_path / "claiming", claim)
    command = [sys.executable, "-c", MEASURED, str(folder)]
    run = subprocess.run(command, capture_output=True, check=True, cwd=Path.cwd(), timeout=300)
    status, seconds, rss, length, stops = json.loads(run.stdout)
    assert (status, run.stderr) == (0, b"")
    assert 0 < len(stops) < 20
    assert max(map(len, stops)) < 200
    assert length < 40_000_000  # a table of so many tensors
    assert rss * RSS_UNIT < MEMORY_BYTES
    assert seconds < CPU_SECONDS
