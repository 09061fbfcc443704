"""Load the folders in IN and save them again in OUT, with whatever mlx-lm this interpreter has: 0.1 to 0.32.

    PYTHON resave.py IN OUT

Knows nothing of this project, so that it runs where only mlx-lm is. A folder that this mlx-lm does not load is left out.
"""

import json
import sys
from pathlib import Path

from mlx.utils import tree_flatten
from mlx_lm import utils


def resave(published, target):
    loaded = utils.load_model(published, lazy=True)
    model, config = loaded if isinstance(loaded, tuple) else (loaded, json.loads((published / "config.json").read_text()))
    target.mkdir(parents=True)
    if hasattr(utils, "save_model"):
        utils.save_model(target, model)
    else:  # before 0.25
        utils.save_weights(target, dict(tree_flatten(model.parameters())))
    (target / "config.json").write_text(json.dumps(config))


def main():
    source, target = map(Path, sys.argv[1:])
    for folder in sorted(source.iterdir()):
        try:
            resave(folder, target / folder.name)
        except Exception as error:
            print(f"{folder.name}: {type(error).__name__}: {error}"[:200].replace("\n", " "))


if __name__ == "__main__":
    main()
