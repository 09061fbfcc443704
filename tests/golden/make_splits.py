"""Make tests/golden/splits.json: the files that llama-gguf-split makes of a whole file of ours.

    python -m tests.golden.make_splits --gguf-split PROGRAM

PROGRAM is llama.cpp's llama-gguf-split (tools/gguf-split).
"""

import argparse
import hashlib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert
from app.core.ggml_types import OutputType
from app.core.plan import ConversionPlan, PlanOptions
from app.core.plan.header.file_size import file_byte_count
from tests.golden.golden_json import write_golden
from tests.planning import prepare_plans
from tests.tiny_checkpoints import gemma3_folder

TARGET = Path(__file__).with_name("splits.json")
NAME = "tiny"
CASES = {"bf16": ("1M",), "f32": ("1M", "2M", "4M"), "f16": ("1M",)}
CONVERTER = "general.source.converter"


def save_model(root: Path) -> Path:
    return gemma3_folder(root / "tiny-tied")


def plan_for(folder: Path, kind: str) -> ConversionPlan:
    """The plan of a whole file, without the version of the program that stands in it."""
    (plan,) = prepare_plans(open_checkpoint(folder), PlanOptions(), [OutputType(kind)])
    keys = tuple(replace(entry, value="MLX Ferry") if entry.key == CONVERTER else entry for entry in plan.metadata)
    return replace(plan, metadata=keys, byte_count=file_byte_count(keys, plan.tensors))


def digests(folder: Path) -> dict[str, list[int | str]]:
    """Bytes and SHA-256 of each file, by name."""
    contents = ((path.name, path.read_bytes()) for path in sorted(folder.iterdir()))
    return {name: [len(content), hashlib.sha256(content).hexdigest()] for name, content in contents}


def _found(program: str) -> Iterator[tuple[str, dict[str, list[int | str]]]]:
    with tempfile.TemporaryDirectory() as name:
        model = save_model(Path(name))
        for kind, sizes in CASES.items():
            whole = Path(name, f"{kind}.gguf")
            convert(plan_for(model, kind), whole)
            for size in sizes:
                folder = Path(name, f"{kind}-{size}")
                folder.mkdir()
                subprocess.run([program, "--split-max-size", size, whole, folder / NAME], check=True)
                yield f"{kind} {size}", digests(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf-split", required=True, metavar="PROGRAM")
    write_golden(TARGET, dict(_found(parser.parse_args().gguf_split)))


if __name__ == "__main__":
    main()
