"""Draw variations of the tiny models and compare ours with llama.cpp's converter, file by file.

    python -m tests.golden.vary draw --peer LLAMA_CPP --seeds 0 5 --to results.jsonl [NAME …]
    python -m tests.golden.vary build --peer LLAMA_CPP --first 100 --to results.jsonl

`draw` writes a line for each: what was drawn, what became of it, and how the files differ. `build` makes
variations.json, which is reproducible with these arguments: one variation for every GGUF graph, drawn of its first
model, the first of three seeds that tells something. See make_families.py for what is needed.
"""

import argparse
import hashlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any, TextIO

import gguf
import numpy as np

from app.core.architectures import find_architecture
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.model.config_values import CONFIG_ERRORS
from app.core.plan import PlanOptions
from tests.golden.digest import digest_gguf
from tests.golden.draw import draw
from tests.golden.family_models import FOLDER, MLX_KINDS, FamilyModel, save_mlx
from tests.golden.golden_json import write_golden
from tests.golden.make_families import COMPUTED
from tests.golden.variations import Variation
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import SAMPLE_TOKENIZER, _shard_limit, with_tokenizer

VARIATIONS = FOLDER.with_name("variations.json")
UNITS = 4
LARGE = 20  # layers
TRIES = 3
MOST_VALUES = 1 << 24  # a setting that is left out may make a model of the usual size
SECONDS = 60
VOCABULARY = ("tokenizer.ggml.tokens", "tokenizer.ggml.token_type")


def save(model: FamilyModel, folder: Path, shards: int = 1) -> Path:
    """As published, in one file or more."""
    import mlx.core as mx

    folder.mkdir(parents=True)
    dtypes = {name: described[0] for name, described in model.data["source"].items()}
    arrays = {name: mx.array(v).astype(getattr(mx, MLX_KINDS[dtypes[name]])) for name, v in model.tensors().items()}
    names = [f"model-{i + 1:05}-of-{shards:05}.safetensors" for i in range(shards)]
    if shards == 1:
        names = ["model.safetensors"]
    where = {name: names[i % shards] for i, name in enumerate(arrays)}
    for file in names:
        part = {name: array for name, array in arrays.items() if where[name] == file}
        mx.save_safetensors(str(folder / file), part, metadata={"format": "pt"})
    if shards > 1:
        index = {"metadata": {"total_size": sum(a.nbytes for a in arrays.values())}, "weight_map": where}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps(model.config, indent=2), encoding="utf-8")
    return folder


def ours(folder: Path, kind: str, file: Path) -> dict[str, Any]:
    """Codes of the findings that stop, or of the warnings."""
    plan = prepare_plan(open_checkpoint(with_tokenizer(folder)), PlanOptions(OutputType(kind)))
    if plan.blockers:
        return {
            "refused": sorted({f"{f.code}:{f.subject}" for f in plan.blockers}),
            "why": [f.what for f in plan.blockers],
        }
    convert(plan, file)
    return {"warned": sorted({f"{f.code}:{f.subject}" for f in plan.findings if f.severity.name == "WARNING"})}


def compare(mine: Path, theirs: Path, base: FamilyModel, with_vocabulary: bool) -> list[str]:
    """The differences in words."""
    found = []
    a, b = digest_gguf(QuickReader(theirs)), digest_gguf(QuickReader(mine))
    ignored = set(base.forgotten["keys"])
    names = {k for k in (*a["keys"], *b["keys"]) if not k.startswith("tokenizer.")} - ignored
    for key in sorted({*names, *(VOCABULARY if with_vocabulary else ())}):
        if key == "general.file_type" and key not in a["keys"]:
            continue
        if a["keys"].get(key) != b["keys"].get(key):
            found.append(f"key {key}: {str(a['keys'].get(key))[:150]} | {str(b['keys'].get(key))[:150]}")
    for name in sorted({*a["tensors"], *b["tensors"]}):
        if a["tensors"].get(name) == b["tensors"].get(name):
            continue
        if name in a["tensors"] and name in b["tensors"] and a["tensors"][name][:2] == b["tensors"][name][:2]:
            if COMPUTED.search(name) and _units(mine, theirs, name) <= UNITS:
                continue
            found.append(f"values {name} {a['tensors'][name][:2]}")
        else:
            found.append(f"tensor {name}: {a['tensors'].get(name, [])[:2]} | {b['tensors'].get(name, [])[:2]}")
    return found


def _units(mine: Path, theirs: Path, name: str) -> int:
    both = [next(t for t in gguf.GGUFReader(f).tensors if t.name == name) for f in (mine, theirs)]
    x, y = (t.data.reshape(-1).view(np.int32).astype(np.int64) for t in both)
    return int(np.abs(x - y).max())


def forked(function, *arguments) -> dict[str, Any]:
    """Its result from a process of its own: {"crashed": …} where it raises or dies."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        os.close(reading)
        try:
            answer = function(*arguments)
        except BaseException as error:  # noqa: BLE001  # it is the result
            where = traceback.extract_tb(error.__traceback__)[-1]
            answer = {"crashed": f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"[:400]}
        os.write(writing, json.dumps(answer).encode()[:60000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"crashed": f"ended with {status}"}


def published_step(variation: Variation, root: Path) -> dict[str, Any]:
    model = variation.model()
    save(model, root / "model", variation.shards)
    for file in SAMPLE_TOKENIZER.iterdir():
        shutil.copy(file, root / "model")
    return {}


def ours_step(folder: Path, kind: str, file: Path) -> dict[str, Any]:
    return ours(folder, kind, file)


def mlx_step(variation: Variation, root: Path) -> dict[str, Any]:
    from mlx_lm import utils

    with _shard_limit(utils, 100_000 if variation.shards > 1 else None):
        save_mlx(root / "model", root / "saved")
    return {}


def judge(variation: Variation, root: Path, server: Any, with_mlx: bool = True) -> dict[str, Any]:
    base, kind = FamilyModel(variation.base), variation.kind
    result: dict[str, Any] = {"variation": variation.as_json()}
    made = forked(published_step, variation, root)
    if made:
        return {**result, "outcome": "not drawn", **made}
    how = {"types": [kind], **base.data.get("peer", {})}
    ask(server, {"folder": str(root / "model"), "target": str(root / "theirs.gguf"), "how": how})
    own = root / "own"  # the peer's folder keeps the tokenizer of its own
    own.mkdir()
    for file in (*(root / "model").glob("*.safetensors*"), root / "model" / "config.json"):
        shutil.copy(file, own)
    hf = forked(ours_step, own, kind, root / "hf.gguf")
    asks_mlx = with_mlx and not variation.base.endswith("-rounded")  # what mlx-lm rounds once more has its own test
    saved = forked(mlx_step, variation, root) if asks_mlx else {"crashed": "not asked for"}
    mlx = {"unsaved": saved["crashed"]} if saved else forked(ours_step, root / "saved", kind, root / "mlx.gguf")
    result["peer"] = json.loads(server.stdout.readline())
    for name, answer in (("hf", hf), ("mlx", mlx)):
        if "warned" in answer and result["peer"]["result"] == "loaded":
            found = forked(
                lambda n=name: {"list": compare(root / f"{n}.gguf", root / "theirs.gguf", base, bool(variation.rows))}
            )
            answer["differences"] = found.get("list", [str(found)])
        if "warned" in answer and result["peer"]["result"] != "loaded":
            ask(server, {"target": str(root / f"{name}.gguf")})
            answer["ours"] = json.loads(server.stdout.readline())
        result[name] = answer
    result["outcome"] = {name: outcome(result["peer"]["result"], result[name]) for name in ("hf", "mlx")}
    return result


def ask(server: Any, job: dict[str, Any]) -> None:
    server.stdin.write(json.dumps(job) + "\n")
    server.stdin.flush()


def outcome(peer: str, answer: dict[str, Any]) -> str:
    if "crashed" in answer:
        return "crashed"
    if "unsaved" in answer:
        return "unsaved"
    if peer != "loaded":
        if "refused" in answer:
            return "both refuse"
        return f"ours loads, peer fails to {peer}" if answer["ours"]["result"] == "loaded" else "ours does not load"
    if "refused" in answer:
        return "ours refuses"
    found = answer["differences"]
    if not found:
        return "same"
    # where config.json contradicts the tensors MLX decides, and the converter never compares
    return "same but for the head" if all(" output.weight" in difference for difference in found) else "differ"


def tensors_digest(file: Path) -> str:
    """Of names, shapes, types and values, but for values that are computed."""
    tensors = digest_gguf(QuickReader(file))["tensors"]
    rows = [[name, *row[:2], "" if COMPUTED.search(name) else row[2]] for name, row in sorted(tensors.items())]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:24]


def changed_keys(file: Path, base: FamilyModel) -> dict[str, Any]:
    """The keys that are not as in the base model's reference, null for those that are not there."""
    keys = {k: v for k, v in digest_gguf(QuickReader(file))["keys"].items() if not k.startswith("tokenizer.")}
    keys.pop("general.file_type", None)
    before = base.reference["keys"]
    return {key: keys.get(key) for key in sorted({*keys, *before}) if keys.get(key) != before.get(key)}


def recorded(variation: Variation, result: dict[str, Any], root: Path) -> dict[str, Any] | None:
    """What the fast test goes by; None for what tells nothing."""
    if result["outcome"] == "not drawn" or result["peer"]["result"] != "loaded":
        return None
    found = {"variation": variation.as_json()}
    if result["outcome"]["hf"] == "ours refuses":
        return {**found, "refused": result["hf"]["refused"]}
    if result["outcome"]["hf"] != "same":
        return None
    theirs = root / "theirs.gguf"
    return {**found, "keys": changed_keys(theirs, FamilyModel(variation.base)), "tensors": tensors_digest(theirs)}


def is_small(variation: Variation) -> bool:
    """Whether it can be drawn, with few values."""
    try:
        source = variation.model().data["source"]
    except CONFIG_ERRORS:
        return False
    return sum(math.prod(shape) for _, shape, *_ in source.values()) < MOST_VALUES


def one_of_each_graph(names: list[str]) -> list[str]:
    """The first model of each; none that is large, or a second reference for the same folder."""
    found: dict[str, str] = {}
    for name in names:
        config = FamilyModel(name).config
        family = find_architecture(config["model_type"], config)
        if family and config.get("num_hidden_layers", 0) < LARGE and not name.endswith("-rounded"):
            found.setdefault(family.gguf, name)
    return list(found.values())


def build(names: list[str], server: Any, first: int, results: TextIO) -> None:
    """One variation of each model, the first of three that tells something."""
    entries = []
    for name in names:
        for seed in range(first, first + TRIES):
            with tempfile.TemporaryDirectory() as folder:
                variation = draw(name, seed)
                result = judge(variation, Path(folder), server, with_mlx=False)
                entry = recorded(variation, result, Path(folder)) if is_small(variation) else None
            write_line(results, seed, result)
            if entry is not None:
                entries.append(entry)
                write_golden(VARIATIONS, entries)
                break


def write_line(file: TextIO, seed: int, result: dict[str, Any]) -> None:
    file.write(json.dumps({"seed": seed, **result}) + "\n")
    file.flush()


def start_server(peer: Path) -> Any:
    command = [sys.executable, "-m", "tests.golden.peer_server", str(peer.resolve())]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("names", nargs="*")
    drawing.add_argument("--peer", type=Path, required=True)
    drawing.add_argument("--seeds", type=int, nargs=2, required=True)
    drawing.add_argument("--to", type=Path, required=True)
    drawing.add_argument("--keep", type=Path)
    building = commands.add_parser("build")
    building.add_argument("names", nargs="*")
    building.add_argument("--peer", type=Path, required=True)
    building.add_argument("--first", type=int, required=True)
    building.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    import mlx_lm.utils  # noqa: F401  # once, before the forks

    server = start_server(options.peer)
    names = options.names or sorted(path.stem for path in FOLDER.glob("*.json"))
    if options.command == "build":
        with options.to.open("a") as file:
            build(one_of_each_graph(names), server, options.first, file)
        server.stdin.close()
        return
    with options.to.open("a") as file:
        for seed in range(*options.seeds):
            for name in names:
                with tempfile.TemporaryDirectory() as folder:
                    variation = draw(name, seed) if seed >= 0 else Variation(name)
                    result = judge(variation, Path(folder), server)
                    if options.keep:
                        shutil.copytree(folder, options.keep, dirs_exist_ok=True)
                write_line(file, seed, result)
    server.stdin.close()


if __name__ == "__main__":
    main()
