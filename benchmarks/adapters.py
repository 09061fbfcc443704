"""Time and memory of a conversion with an adapter on every linear layer, beside the same without it, in turns.

    python benchmarks/adapters.py FOLDER --scratch DIR [--rank 16] [--repeat 5]

FOLDER is a bf16 folder of 1B (convert.py --make writes one). `cp` of its weights goes first. Best of all repetitions.
"""

import argparse
import tempfile
from pathlib import Path

import shaped_folder
from convert import Run, best, in_a_process, measure, ours

TIMES = {"bf16": 1.6, "q4_k_m": 1.2}  # of the time without an adapter
MORE_MEGABYTES = 60


def fastest(runs: list[Run]) -> str:
    run = min(runs, key=lambda one: one.seconds)
    peak = max(one.peak_megabytes for one in runs)
    return f"{run.seconds:6.2f} s, {min(one.cpu_seconds for one in runs):6.2f} s of CPU, {peak:4.0f} MB"


def compare(folder: Path, adapter: Path, target: Path, kind: str, repeat: int) -> None:
    plain, tuned = list[Run](), list[Run]()
    for _ in range(repeat):
        for runs, further in ((plain, ()), (tuned, ("--adapter", adapter))):
            target.unlink(missing_ok=True)
            runs.append(measure(ours(folder, target, kind, *further)))
    times = min(one.seconds for one in tuned) / min(one.seconds for one in plain)
    more = max(one.peak_megabytes for one in tuned) - max(one.peak_megabytes for one in plain)
    print(f"{kind:<8} without  {fastest(plain)}\n{'':<8} with     {fastest(tuned)}")
    kept = times <= TIMES[kind] and more <= MORE_MEGABYTES
    wanted = f"wanted ≤ {TIMES[kind]} × and {MORE_MEGABYTES} MB: {'yes' if kept else 'NO'}"
    print(f"{'':<8} {times:.2f} × the time, {more:.0f} MB more; {wanted}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as name:
        scratch = Path(name)
        adapter, target = scratch / "adapter", scratch / "file.gguf"
        in_a_process(shaped_folder.make_adapter, arguments.folder, adapter, arguments.rank)
        cp = best(["cp", arguments.folder / "model.safetensors", target], target, arguments.repeat)
        print(f"cp       {cp.seconds:.2f} s")
        for kind in TIMES:
            compare(arguments.folder, adapter, target, kind, arguments.repeat)


if __name__ == "__main__":
    main()
