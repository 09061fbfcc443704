"""How quickly the models on a Mac are listed.

    python benchmarks/models_here.py FOLDER [COUNT]

FOLDER is made where it is missing: a home with COUNT models (500 if not given), half of them in Hugging Face's cache
and half in LM Studio's folder, each with eight files of weights that take no room, a config.json that names a hundred
modules, and an index as large as a real one.
"""

import argparse
import json
import os
import time
from pathlib import Path

SHARDS = 8
RUNS = 5
OTHERS = ("tokenizer.json", "tokenizer_config.json", "generation_config.json", "README.md", "merges.txt")


def fill(folder: Path) -> None:
    folder.mkdir(parents=True)
    modules = {f"model.layers.{number}.mlp.down_proj": {"group_size": 64, "bits": 6} for number in range(100)}
    config = {"model_type": "qwen3", "quantization": {"group_size": 64, "bits": 4, **modules}}
    (folder / "config.json").write_text(json.dumps(config))
    weights = {f"model.layers.{number}.weight": "model-00001-of-00008.safetensors" for number in range(5000)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    for name in OTHERS:
        (folder / name).touch()
    for number in range(1, SHARDS + 1):
        with (folder / f"model-{number:05d}-of-{SHARDS:05d}.safetensors").open("wb") as file:
            file.truncate(1 << 30)


def make_cached(hub: Path, number: int) -> None:
    repository = hub / f"models--org--model-{number}"
    fill(repository / "blobs")
    snapshot = repository / "snapshots" / f"{number:040x}"
    snapshot.mkdir(parents=True)
    for blob in (repository / "blobs").iterdir():
        (snapshot / blob.name).symlink_to(Path("..", "..", "blobs", blob.name))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(snapshot.name)


def make_home(home: Path, count: int) -> None:
    for number in range(count):
        if number % 2:
            make_cached(home / ".cache" / "huggingface" / "hub", number)
        else:
            fill(home / ".lmstudio" / "models" / f"org-{number % 20}" / f"model-{number}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int, nargs="?", default=500)
    arguments = parser.parse_args()
    home = arguments.folder.absolute()
    if not home.exists():
        make_home(home, arguments.count)
    os.environ["HOME"] = str(home)
    from app.core.deliver.models_here import models_here

    for _ in range(RUNS):
        started = time.perf_counter()
        found = models_here()
        print(f"{len(found)} models in {time.perf_counter() - started:.3f} s")


if __name__ == "__main__":
    main()
