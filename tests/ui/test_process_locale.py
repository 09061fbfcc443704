"""The window leaves the process's locale to Python: what the system says stays in one language."""

import json
import os
import subprocess
import sys

PROGRAM = """
import errno, json, locale, os
from app.ui.application import Application
from app.core.exhaustion import exhaustion

before = [locale.setlocale(getattr(locale, name)) for name in NAMES]
application = Application(["mlx-ferry"])
after = [locale.setlocale(getattr(locale, name)) for name in NAMES]
full = ImportError(f"kernels.so: cannot open shared object file: {os.strerror(errno.EMFILE)}")
print(json.dumps({
    "before": before, "after": after, "missing": os.strerror(errno.ENOENT), "is_known": exhaustion(full) is not None
}))
"""
NAMES = ("LC_COLLATE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME")


def test_qt_does_not_change_what_the_system_says():
    """With a language that the C library may have messages in, and a locale in which it looks for them."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN", "QT_QPA_PLATFORM": "offscreen"}
    program = f"NAMES = {NAMES!r}{PROGRAM}"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["before"] == found["after"] == ["C"] * len(NAMES)
    assert found["missing"] == "No such file or directory"
    assert found["is_known"]
