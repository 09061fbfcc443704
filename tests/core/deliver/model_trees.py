"""Folders as programs leave them: huggingface_hub's cache, with its links, and LM Studio's."""

import json
from collections.abc import Mapping
from pathlib import Path

CONFIG = {"model_type": "qwen3", "torch_dtype": "bfloat16"}
PACKED = {**CONFIG, "quantization": {"group_size": 64, "bits": 4}}
WHOLE = {"config.json": PACKED, "model.safetensors": b"x" * 1000}


def as_bytes(content: object) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def fill(folder: Path, files: Mapping[str, object]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(as_bytes(content))
    return folder


def cached(
    cache: Path,
    name: str,
    files: Mapping[str, object],
    commit: str = "a" * 40,
    is_main: bool = True,
    half: bool = False,
) -> Path:
    """huggingface_hub file_download.py: a snapshot of links into blobs/, its commit in refs/main."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / commit
    for folder in (snapshot, repository / "blobs", repository / "refs"):
        folder.mkdir(parents=True, exist_ok=True)
    for number, (file, content) in enumerate(files.items()):
        blob = f"{commit[:8]}{number}"
        (repository / "blobs" / blob).write_bytes(as_bytes(content))
        (snapshot / file).symlink_to(Path("..", "..", "blobs", blob))
    if is_main:
        (repository / "refs" / "main").write_text(commit)
    if half:
        (repository / "blobs" / f"{'f' * 64}.1a2b3c4d.incomplete").write_bytes(b"half")
    return snapshot


def shards(numbers: list[int], count: int) -> dict[str, object]:
    return {f"model-{number:05d}-of-{count:05d}.safetensors": b"x" * 100 for number in numbers}
