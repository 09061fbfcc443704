"""Load the folders in IN and save them again in OUT, with whatever mlx-lm this interpreter has: 0.1 to 0.32.

    PYTHON resave.py IN OUT

Knows nothing of this project, so that it runs where only mlx-lm is. What this mlx-lm does not load is left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mlx.utils import tree_flatten
from mlx_lm import utils


def resave(published, target):
    loaded: Any = utils.load_model(published, lazy=True)
    if not isinstance(loaded, tuple):  # before 0.20
        loaded = loaded, json.loads((published / "config.json").read_text())
    model, config = loaded
    target.mkdir(parents=True)
    known = vars(utils)
    if "save_model" in known:
        known["save_model"](target, model)
    else:  # before 0.25
        known["save_weights"](target, dict(tree_flatten(model.parameters())))
    (target / "config.json").write_text(json.dumps(config))


def main():
    source, target = map(Path, sys.argv[1:])
    for folder in sorted(source.iterdir()):
        try:
            resave(folder, target / folder.name)
        except Exception as error:  # noqa: BLE001 - whatever this version does not know
            print(f"{folder.name}: {type(error).__name__}: {error}"[:200].replace("\n", " "))


if __name__ == "__main__":
    main()
