"""Time and memory of a conversion, beside `cp` of the same bytes and llama.cpp's own converter, in one run.

    python benchmarks/convert.py FOLDER [--types bf16 f16 q8_0] [--repeat 3] [--peer LLAMA_CPP --peer-python PYTHON]
    python benchmarks/convert.py --make FOLDER --tokenizer GEMMA3_TOKENIZER [--layers 35]
    python benchmarks/convert.py --make FOLDER --tokenizer LLAMA3_TOKENIZER --shape llama
    python benchmarks/convert.py --expert-stack FOLDER --tokenizer GEMMA3_TOKENIZER

FOLDER is a model folder; --make writes one of the shape of a Gemma 3 (35 layers: 2.48 GB) or Llama 3 (2.47 GB),
--expert-stack one whose embedding is a sparse file of 7 GB. --peer needs an environment with torch and transformers.
Every figure is the whole process, Python's start included; memory is its peak resident size. The best of all
repetitions counts.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import shaped_folder

ALLOWED = {"auto": (1.5, 1.5), "bf16": (1.5, 1.5)}  # times cp, plus seconds
ALLOWED_CHANGED = (2.5, 1.5)
PEAK_ALLOWED = 500


@dataclass(frozen=True)
class Run:
    seconds: float
    cpu_seconds: float
    peak_megabytes: float
    output: str = ""


def measure(command: list[str | Path]) -> Run:
    """Run a program and wait for it; time and memory as the operating system counted them."""
    # as installed programs are: compiled modules are kept
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    os.sync()  # what an earlier run wrote is not this one's to wait for
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status:
        sys.exit(f"{command} failed:\n{text[-2000:]}")
    peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Run(seconds, usage.ru_utime + usage.ru_stime, peak, text)


def in_a_process(make: Callable[..., None], *arguments: object) -> None:
    """A process begins with the peak memory of the one that starts it, so this one must stay small."""
    process = multiprocessing.get_context("spawn").Process(target=make, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(f"{make.__name__} failed")


def best(command: list[str | Path], leaves: Path, repeat: int) -> Run:
    """The fastest of several runs, each into a place that does not exist yet."""
    runs = []
    for _ in range(repeat):
        leaves.unlink(missing_ok=True)
        runs.append(measure(command))
    return min(runs, key=lambda run: run.seconds)


def ours(folder: Path, target: Path, kind: str, *further: str | Path) -> list[str | Path]:
    return [sys.executable, "-c", STAGES, folder, target, kind, *further]


STAGES = """
import json, sys
from app.cli import main
load = sys.modules["app.cli.main"]._loaded
def loaded(command):
    run = load(command)
    from app.cli import commands
    convert_all = commands.convert_all
    def timed(*a, **k):
        written = convert_all(*a, **k)
        print("STAGES " + json.dumps(vars(written[0].stages) | {"convert": written[0].seconds}))
        return written
    commands.convert_all = timed
    return run
sys.modules["app.cli.main"]._loaded = loaded
sys.exit(main(["convert", sys.argv[1], "-o", sys.argv[2], "--type", *sys.argv[3:]]))
"""


def bottleneck(run: Run) -> str:
    """The stage that took most thread time, from the line that STAGES prints."""
    line = next(line for line in run.output.splitlines() if line.startswith("STAGES "))
    stages = json.loads(line.removeprefix("STAGES "))
    stages.pop("convert")
    shares = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items())
    return f"{max(stages, key=stages.get)} ({shares})"


def show(name: str, run: Run, cp: Run, limit: float | None = None, remark: str = "") -> None:
    verdict = "" if limit is None else f"wanted ≤ {limit:5.2f}: {'yes' if run.seconds <= limit else 'NO'}"
    print(
        f"{name:<22}{run.seconds:7.2f} s {run.seconds / cp.seconds:6.2f} × cp "
        f"{run.cpu_seconds / run.seconds:5.2f} cores {run.peak_megabytes:7.0f} MB  {verdict:<24} {remark}",
        flush=True,
    )


def compare(arguments: argparse.Namespace, scratch: Path) -> None:
    folder, target = arguments.folder, scratch / "file.gguf"
    weights = sorted(folder.glob("model*.safetensors"))
    print(f"{sum(f.stat().st_size for f in weights) / 1e9:.2f} GB, {os.cpu_count()} cores, best of {arguments.repeat}")
    cp = best(["sh", "-c", 'cat "$@" > /dev/null; exec cp "$@"', "cp", *weights, target], target, 1)  # warms the cache
    single = weights[0] if len(weights) == 1 else None
    command: list[str | Path] = (
        ["cp", single, target] if single else ["sh", "-c", f'cat "$@" > {target}', "cat", *weights]
    )
    cp = best(command, target, arguments.repeat)
    show("cp", cp, cp)
    for kind in arguments.types:
        run = best(ours(folder, target, kind), target, arguments.repeat)
        factor, seconds = ALLOWED.get(kind, ALLOWED_CHANGED)
        # cp leaves the holes of a sparse file out, so that there is nothing to compare with
        limit = None if arguments.expert_stack else factor * cp.seconds + seconds
        show(f"mlx-ferry {kind}", run, cp, limit, f"bottleneck: {bottleneck(run)}")
        if run.peak_megabytes > PEAK_ALLOWED:
            print(f"  peak memory above {PEAK_ALLOWED} MB")
    if arguments.peer:
        for kind in arguments.types:
            run = best(
                [
                    *(arguments.peer_python, arguments.peer / "convert_hf_to_gguf.py", folder),
                    *("--outtype", kind, "--outfile", target),
                ],
                target,
                1,
            )
            show(f"llama.cpp {kind}", run, cp)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--types", nargs="+", default=["bf16", "f16", "q8_0"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--scratch", type=Path, help="where the copies are written; default: beside the folder")
    parser.add_argument("--peer", type=Path, help="a llama.cpp checkout")
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--make", action="store_true", help="make the folder first")
    parser.add_argument("--expert-stack", action="store_true", help="make a folder with one tensor of 7 GB first")
    parser.add_argument("--tokenizer", type=Path, help="a folder with the tokenizer.json of that shape")
    parser.add_argument("--shape", choices=shaped_folder.SHAPES, default="gemma")
    parser.add_argument("--layers", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.make:
        in_a_process(
            shaped_folder.make_folder, arguments.folder, arguments.tokenizer, arguments.shape, arguments.layers
        )
    if arguments.expert_stack:
        in_a_process(shaped_folder.make_sparse_folder, arguments.folder, arguments.tokenizer)
    with tempfile.TemporaryDirectory(dir=arguments.scratch or arguments.folder.parent) as scratch:
        compare(arguments, Path(scratch))


if __name__ == "__main__":
    main()
