"""Time and memory of quantizing, beside llama.cpp's two steps and `cp`, in turns within one run.

    python benchmarks/quantize.py FOLDER --scratch DIR [--repeat 3] [--types q8_0 q4_k_m … [--imatrix FILE]]
        [--peer LLAMA_CPP --peer-folder FOLDER --peer-python PYTHON --library LIBLLAMA.so] [--larger]

FOLDER is a bf16 folder of 1B (convert.py --make writes one). The peer converts --peer-folder, the same weights beside
the tokenizer.model that it needs, to F16, and llama_model_quantize makes Q4_K_M of that. --larger measures memory with
folders of zeros in the shape of 3B and 8B. Best of all repetitions; the load of the machine is told.

With --types these are measured instead, and bf16, f16, q8_0 and 4 bits without loss, each beside `cp` or the peer: a
table with the targets, and which types the files really have. q4_k_m+imatrix is Q4_K_M with an importance matrix, which
is made where none is given. --repeat is the number of turns of all of them, after each of which the table is printed.
"""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

import every_type
import shaped_folder
from convert import Run, bottleneck, in_a_process, measure, ours
from peer import Peer

FASTER, PEAK, CORES = 0.8, 500, 1.7
TIMES_CP, AND_SECONDS = 2, 1.5


def show(name: str, runs: list[Run], remark: str = "") -> Run:
    run = min(runs, key=lambda one: one.seconds)
    cpu = min(one.cpu_seconds for one in runs)
    peak = max(one.peak_megabytes for one in runs)
    cores = max(one.cpu_seconds / one.seconds for one in runs)
    load = os.getloadavg()[0]
    print(
        f"{name:<34}{run.seconds:7.2f} s, {cpu:6.2f} s of CPU, {cores:4.2f} cores, {peak:5.0f} MB  "
        f"(load {load:.1f}) {remark}",
        flush=True,
    )
    return run


def against_peer(arguments: argparse.Namespace, scratch: Path) -> None:
    """bf16 to Q4_K_M, ours and the peer's two steps in turns."""
    target, half, theirs = scratch / "ours.gguf", scratch / "f16.gguf", scratch / "theirs.gguf"
    own: list[Run] = []
    steps: tuple[list[Run], list[Run]] = ([], [])
    for _ in range(arguments.repeat):
        target.unlink(missing_ok=True)
        own.append(measure(ours(arguments.folder, target, "q4_k_m")))
        if arguments.other:
            steps[0].append(measure(arguments.other.converting(half)))
            steps[1].append(measure(arguments.other.quantizing(half, theirs, "q4_k_m")))
            size = half.stat().st_size / 1e9
            half.unlink()
    run = show("mlx-ferry bf16 to q4_k_m", own, bottleneck(own[0]))
    if arguments.other:
        whole = show("llama.cpp, converter to f16", steps[0], f"intermediate file {size:.2f} GB").seconds
        whole += show("llama.cpp, llama_model_quantize", steps[1]).seconds
        print(f"ours takes {run.seconds / whole:.2f} of its time (wanted {FASTER})")
    peak = max(one.peak_megabytes for one in own)
    print(f"peak {peak:.0f} MB (wanted {PEAK}), {max(o.cpu_seconds / o.seconds for o in own):.2f} cores ({CORES})")


def against_cp(arguments: argparse.Namespace, scratch: Path) -> None:
    """A 4-bit folder without loss, and `cp` of what comes out, in turns."""
    folder, target, copy = scratch / "packed", scratch / "lossless.gguf", scratch / "copy.gguf"
    in_a_process(shaped_folder.make_packed_folder, arguments.folder, folder, 4, 64)
    own, cp = [], []
    for _ in range(arguments.repeat):
        target.unlink(missing_ok=True)
        own.append(measure(ours(folder, target, "lossless")))
        copy.unlink(missing_ok=True)
        cp.append(measure(["cp", target, copy]))
    copying = show("cp", cp).seconds
    run = show("mlx-ferry 4 bits to lossless", own, bottleneck(own[0]))
    print(f"{run.seconds:.2f} s, wanted {TIMES_CP * copying + AND_SECONDS:.2f}")


def larger_folders(arguments: argparse.Namespace, scratch: Path) -> None:
    for name, (layers, sizes) in shaped_folder.LARGER.items():
        folder, target = scratch / name, scratch / "large.gguf"
        in_a_process(shaped_folder.make_sparse_folder, folder, arguments.folder, layers, sizes)
        show(f"mlx-ferry {name} to q4_k_m", [measure(ours(folder, target, "q4_k_m"))])
        target.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peer", type=Path, help="a llama.cpp checkout")
    parser.add_argument("--peer-folder", type=Path)
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--library", type=Path, help="its libllama.so")
    parser.add_argument("--larger", action="store_true")
    parser.add_argument("--types", nargs="+", help="measure these instead, each beside cp and the peer")
    parser.add_argument("--imatrix", type=Path, help="for --types, in GGUF")
    arguments = parser.parse_args()
    arguments.other = None
    if arguments.peer:
        given = arguments.peer, arguments.peer_python, arguments.peer_folder or arguments.folder, arguments.library
        arguments.other = Peer(*given)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        if arguments.types:
            given = arguments.folder, Path(scratch), arguments.types, arguments.imatrix, arguments.other
            every_type.compare(every_type.Turns(*given), arguments.repeat, partial(print, flush=True))
            return
        against_cp(arguments, Path(scratch))
        if arguments.larger:
            larger_folders(arguments, Path(scratch))
        against_peer(arguments, Path(scratch))


if __name__ == "__main__":
    main()
