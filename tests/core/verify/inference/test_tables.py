"""The tables between the engines: read row by row, and gone afterwards, whatever happens."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import VerificationError
from app.core.verify.inference.tables import check_space, folder_for_tables, rows_of
from app.core.verify.results.no_comparison import NoComparisonError

HOLDS = """
import sys, time
from app.core.sudden_end import end_on_signals
from app.core.verify.inference.tables import folder_for_tables
end_on_signals()
with folder_for_tables() as folder:
    (folder / "table").write_bytes(bytes(1000))
    print(folder, flush=True)
    time.sleep(60)
"""


def test_rows_come_one_by_one(tmp_path):
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    values.tofile(tmp_path / "table")
    assert np.array_equal(np.array(list(rows_of(tmp_path / "table", 3, 4))), values)


@pytest.mark.parametrize("row_count", [2, 4])
def test_a_table_of_another_size_is_refused(row_count, tmp_path):
    np.zeros((3, 4), np.float32).tofile(tmp_path / "table")
    with pytest.raises(VerificationError, match="not as large"):
        list(rows_of(tmp_path / "table", row_count, 4))


def test_space_is_checked_before(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2 * 300 * 1000 * 4}))
    check_space(300, 1000)
    with pytest.raises(NoComparisonError, match=r"need 2\.41 MB of space .* 2\.40 MB are free"):
        check_space(301, 1000)


def test_the_folder_goes_with_an_error():
    tables = folder_for_tables()
    folder = tables.__enter__()
    (folder / "table").write_bytes(b"1")
    error = ZeroDivisionError()
    assert not tables.__exit__(type(error), error, None)
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_folder_goes_with_a_signal(number):
    with subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().decode().strip())
        assert (folder / "table").exists()
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    assert not folder.exists()
