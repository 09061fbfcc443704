"""Make the files in tests/golden/families/: what llama.cpp's converter writes for tiny models of every family.

    python -m tests.golden.make_families add NAME --folder FOLDER [--args --no-nextn] [--raw [KEY ...]] [--set JSON]
    python -m tests.golden.make_families build NAME ... --peer LLAMA_CPP      (or `all`)

`add` takes config.json and the tensors' names, shapes and dtypes from a tiny folder as published (made by transformers)
and makes its vocabulary as small as the tests' tokenizer. `build` makes the references. Needs the packages that
make_golden.py names, and mlx. A reference counts only once llama.cpp has loaded it, but for one whose "forgotten" says
that llama.cpp has reason not to: "loads_without": false.

Both engines are asked about every model by tests/engines/test_families.py. Where they differ for a reason of their own,
its file says so by hand: "engines": {"because": …} with "set" (changes to config.json), "allowed" (nats), or "skip".
"""

import argparse
import base64
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from tests.golden.digest import about_the_model, digest_gguf
from tests.golden.family_models import FOLDER, KINDS, SENTENCES, FamilyModel, save_published
from tests.golden.golden_json import write_golden
from tests.golden.make_golden import VERSIONS, check_loads
from tests.golden.sentence_files import save_sentence_files
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, row_count

COMPUTED = re.compile(r"\.ssm_a$|^rope_f|\.rope_f")  # float32 values that are compared within some units
VISION = re.compile(r"visual|vision|multi_modal_projector|audio")
IDS = {"bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0}


def add(name: str, folder: Path, args: list[str], raw: Any, changes: dict[str, Any]) -> None:
    config = json.loads((folder / "config.json").read_text())
    text = config.get("text_config", config)
    rows = {config.get("vocab_size"), text["vocab_size"]}
    header, centres = _described(folder)
    source = {}
    for tensor, (dtype, shape) in header.items():
        if not VISION.search(tensor):
            small = [row_count() if length in rows else length for length in shape]
            # around 1 too: mlx-lm masks experts with 0, llama.cpp with -infinity, so that no score may be negative
            is_around_one = centres.get(tensor) or tensor.endswith("correction_bias")
            source[tensor] = [dtype, small, *([1] if is_around_one else [])]
    for part in (config, text):
        if "vocab_size" in part or part is text:
            part["vocab_size"] = row_count()
        if part.get("vocab_size_per_layer_input"):
            part["vocab_size_per_layer_input"] = row_count()
        part |= {key: value for key, value in IDS.items() if part.get(key) is not None}
        part.pop("transformers_version", None)
    for key in ("vision_config", "audio_config", "transformers_version"):
        config.pop(key, None)
    config |= changes
    write_golden(FOLDER / f"{name}.json", {"config": config, "peer": {"args": args, "raw": raw}, "source": source})


def _described(folder: Path) -> tuple[dict[str, tuple[str, list[int]]], dict[str, bool]]:
    """Dtypes and shapes by name, and whether a vector lies around 1."""
    found, centres = {}, {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            size = struct.unpack("<Q", file.read(8))[0]
            header = json.loads(file.read(size))
            header.pop("__metadata__", None)
            for name, entry in header.items():
                found[name] = entry["dtype"], entry["shape"]
                if entry["dtype"] == "BF16" and (len(entry["shape"]) <= 1 or "norm" in name):
                    first, last = entry["data_offsets"]
                    file.seek(8 + size + first)
                    bits = np.frombuffer(file.read(last - first), np.uint16).astype(np.uint32) << 16
                    centres[name] = abs(float(bits.view(np.float32).mean()) - 1) < 0.4
    return found, centres


def build(name: str, peer: Path, root: Path) -> None:
    model = FamilyModel(name)
    source = save_published(model, root / "model")  # llama.cpp looks for "phi-3" and the like in names
    for file in SAMPLE_TOKENIZER.iterdir():
        shutil.copy(file, source)
    save_sentence_files(model, source)
    how = {"types": KINDS, **model.data.get("peer", {})}
    target = str(root / f"{name}-{{}}.gguf")
    command = [sys.executable, "-m", "tests.golden.peer", str(peer), str(source), target, json.dumps(how)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{name}: {run.stderr[-1500:]}")
    if model.forgotten.get("loads_without", True):
        check_loads(Path(target.format("f32")))
    reference = summarize({kind: Path(target.format(kind)) for kind in KINDS})
    made_with = {package: version(package) for package in VERSIONS}
    write_golden(model.path, {**model.data, "reference": reference, "made_with": made_with})


def summarize(files: dict[str, Path]) -> dict[str, Any]:
    """Keys, and of every tensor its shape and, for each kind of file, its type and digest (or values)."""
    digests = {kind: digest_gguf(QuickReader(file)) for kind, file in files.items()}
    keys = about_the_model(digests["f32"]["keys"])
    file_type = keys.pop("general.file_type", None)  # one of llama.cpp's classes (GPT-NeoX) writes none
    file_types = {k: digest["keys"]["general.file_type"][1] for k, digest in digests.items()} if file_type else {}
    tensors = {
        name: [
            shape,
            *(f"{digests[kind]['tensors'][name][0]}:{digests[kind]['tensors'][name][2][:16]}" for kind in files),
        ]
        for name, (_, shape, _) in digests["f32"]["tensors"].items()
    }
    computed = {
        tensor.name: base64.b64encode(tensor.data.tobytes()).decode()
        for tensor in gguf.GGUFReader(files["f32"]).tensors
        if COMPUTED.search(tensor.name)
    }
    return {"keys": keys, "file_types": file_types, "tensors": tensors, "computed": computed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add")
    adding.add_argument("name")
    adding.add_argument("--folder", type=Path, required=True)
    adding.add_argument("--args", default="")
    adding.add_argument("--raw", nargs="*")
    adding.add_argument("--set", type=json.loads, default={})
    building = commands.add_parser("build")
    building.add_argument("names", nargs="+")
    building.add_argument("--peer", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "add":
        raw = False if options.raw is None else options.raw or True
        add(options.name, options.folder, options.args.split(), raw, options.set)
        return
    every = [path.stem for folder in (FOLDER, SENTENCES) for path in folder.glob("*.json")]
    names = every if options.names == ["all"] else options.names
    for name in sorted(names):
        with tempfile.TemporaryDirectory() as folder:
            build(name, options.peer.resolve(), Path(folder))
            print(name, flush=True)


if __name__ == "__main__":
    main()
