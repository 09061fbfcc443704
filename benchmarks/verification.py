"""What a proof finds in good files of a real model: figures of distributions, answers, seconds, memory.

    python benchmarks/verification.py FOLDER --scratch DIR [--types bf16 f16 q8_0 q6_k q4_k_m q2_k lossless]
        [--without-answers]

A row of a table for each type, as docs/verification.md has them; then the seconds of all of it, in which the folder is
asked once, and the peak memory of the larger engine and of the program itself.
"""

import argparse
import os
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.sudden_end import end_on_signals
from app.core.verify.inference.predictions import STEPS, Predictions, prove_all_predictions
from app.core.verify.results.report import Answer, Step

TYPES = ("bf16", "f16", "q8_0", "q6_k", "q4_k_m", "q2_k")
HEAD = (
    *("type", "mean KLD", "median", "99 %", "99.9 %", "maximum", "same top p", "RMS Δp"),
    *("PPL, folder", "PPL, file", "same tokens in answers"),
)


def main() -> None:
    end_on_signals()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--types", nargs="+", default=TYPES)
    parser.add_argument("--without-answers", action="store_true", help="which take most of the time")
    arguments = parser.parse_args()
    steps = (Step.DISTRIBUTIONS,) if arguments.without_answers else STEPS
    prepared = prepare(identify(open_checkpoint(arguments.folder)))
    files = [arguments.scratch / f"{arguments.folder.name}-{kind}.gguf" for kind in arguments.types]
    for kind, file in zip(arguments.types, files, strict=True):
        convert(prepared.plan(PlanOptions(OutputType(kind))), file, overwrite=True)
    started = time.monotonic()
    found = prove_all_predictions(prepared, files, steps=steps)
    seconds = time.monotonic() - started
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for kind, file, one in zip(arguments.types, files, found, strict=True):
        print(f"| {' | '.join((kind, *figures(one)))} |")
        file.unlink()
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)]
    unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024
    engine, program = (f"{peak / unit:,.0f} MB" for peak in peaks)
    print(f"\n{seconds:.0f} s; {engine} in the larger engine, {program} in the program; load {os.getloadavg()[0]:.0f}")


def figures(found: Predictions) -> tuple[str, ...]:
    assert found.distributions is not None, found.skipped
    one = found.distributions.figures
    return (
        f"{one.mean.value:.6f} ± {one.mean.error:.6f}",
        *(f"{value:.6f}" for value in (one.median, one.percentile_99, one.percentile_99_9, one.maximum)),
        *(f"{100 * part.value:.2f} ± {100 * part.error:.2f} %" for part in (one.same_top, one.rms_change)),
        *(f"{part.value:.3f} ± {part.error:.3f}" for part in (one.perplexity_of_folder, one.perplexity_of_file)),
        ", ".join(map(same_tokens, found.answers or ())),
    )


def same_tokens(answer: Answer) -> str:
    count = len(answer.by_folder)
    return f"{count if answer.first_difference is None else answer.first_difference} of {count}"


if __name__ == "__main__":
    main()
