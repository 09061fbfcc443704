"""Millions of blocks by the kernels and by ggml: python -m tests.core.encode.kernels_swept [--blocks 1000000] [TYPE …].

Prints a line for each type, and every kind of values of which a block differs. Takes an hour for a million of each.
"""

import argparse
import time
from itertools import cycle

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from tests.core.encode.both_encoders import KINDS, differing
from tests.core.encode.values_of_all_kinds import importances, values_of_all_kinds

IN_ROW = 7


def main() -> None:
    """Compare, with importance and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("types", nargs="*", default=[kind.name for kind in KINDS])
    parser.add_argument("--blocks", type=int, default=1_000_000, help="of each kind of values")
    parser.add_argument("--seed", type=int, default=1000)
    arguments = parser.parse_args()
    for name in arguments.types:
        kind = GGMLQuantizationType[name]
        for weighted in (False, True):
            sweep(kind, weighted, arguments.blocks, arguments.seed)


def sweep(kind: GGMLQuantizationType, weighted: bool, blocks: int, seed: int) -> None:
    """In runs that fit into memory, each of another seed."""
    columns = IN_ROW * GGML_QUANT_SIZES[kind][0]
    rows = (1 << 20) // columns
    started, done, different = time.monotonic(), 0, 0
    for run in range(-(-blocks // (rows * IN_ROW))):
        weights = cycle(importances(columns, seed + run))
        for name, values in values_of_all_kinds(rows * columns, seed + run):
            how, importance = next(weights) if weighted else ("none", None)
            found = differing(values, kind, importance)
            if found.size:
                print(f"{kind.name}: {name}, importance {how}, seed {seed + run}: blocks {found[:5]} …", flush=True)
            different += found.size
            done += values.size // GGML_QUANT_SIZES[kind][0]
        next(weights)  # so that each kind of values meets each kind of importance
    how = "by importance" if weighted else "plain"
    seconds = time.monotonic() - started
    print(f"{kind.name}, {how}: {done:,} blocks, {different} differ, {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
