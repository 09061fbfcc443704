"""Where the system wants a program's logs. They stay there: nothing is ever sent."""

import os
import sys
from pathlib import Path


def log_folder() -> Path:
    """On a Mac where its Console looks; elsewhere by the XDG base directory specification."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / "MLX Ferry"
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state") / "mlx-ferry"
