"""Make old_forms.json: what each version of mlx-lm saves of the tiny models.

    python -m tests.golden.make_old_forms 0.29.1=PYTHON [0.26.4=PYTHON …]

Each PYTHON is an interpreter that has this version of mlx-lm, or a program that starts one.
"""

import argparse
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.golden import resave
from tests.golden.family_models import family_models, save_mlx, save_published
from tests.golden.golden_json import write_golden
from tests.golden.old_forms import OLD_FORMS, Digests, digest_of_all, digests_of


def numbers(of: str) -> list[int]:
    return [int(part) for part in of.split(".")]


def forms_of(saved: dict[str, Digests], usual: Digests) -> dict[str, Any]:
    """The forms of one model, each under the oldest version that saves it; of all others only what differs."""
    others: dict[str, Any] = {}
    like_today = [by for by, digests in saved.items() if digests == usual]
    for by, digests in saved.items():
        form = {
            "tensors": {name: digest for name, digest in digests.items() if usual.get(name) != digest},
            "without": sorted(name for name in usual if name not in digests or digests[name] != usual[name]),
        }
        same = next((name for name, other in others.items() if {**other, "by": 0} == {**form, "by": 0}), None)
        if by in like_today:
            continue
        if same is None:
            others[by] = {**form, "by": [by]}
        else:
            others[same]["by"].append(by)
    return {"usual": {"by": like_today, "digest": digest_of_all(usual)}, "others": others}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("interpreters", nargs="+", metavar="VERSION=PYTHON")
    asked = dict(one.split("=", 1) for one in parser.parse_args().interpreters)
    with tempfile.TemporaryDirectory() as scratch:
        published, today = Path(scratch, "published"), Path(scratch, "today")
        models = family_models()
        for model in models:
            save_mlx(save_published(model, published / model.name), today / model.name)
        saved: dict[str, dict[str, Digests]] = {model.name: {} for model in models}
        for by in sorted(asked, key=numbers):
            target = Path(scratch, by)
            subprocess.run([*asked[by].split(), resave.__file__, published, target], check=True)
            for folder in sorted(target.iterdir()):
                saved[folder.name][by] = digests_of(folder)
        found = {name: forms_of(by, digests_of(today / name)) for name, by in saved.items()}
    write_golden(OLD_FORMS, {"made_with": {"mlx-lm": version("mlx-lm")}, "models": found})


if __name__ == "__main__":
    main()
