"""Every type that people ask for, beside `cp` and llama.cpp's two steps: `quantize.py --types`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import peer
import shaped_folder
from convert import Run, in_a_process, measure, ours

MEGABYTES = 300
LOSSLESS = "4 bits, lossless"
BY_IMPORTANCE = "+imatrix"  # behind a type
BESIDE_CP = {"bf16": (1.5, 1.2), "f16": (2.5, 1.5), "q8_0": (2.5, 1.5)}  # times, plus seconds
BESIDE_CP_OF_OUTPUT = (1.5, 1.0)
BESIDE_PEER = {"q4_k_m": 0.25}
BESIDE_PEER_ELSE = 0.3


@dataclass
class Work:
    """All runs of one command, the load of the machine before each, and what it wrote."""

    runs: list[Run] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    types: str = ""

    def add(self, command: list[str | Path], target: Path, knows_types: bool = True) -> None:
        target.unlink(missing_ok=True)
        self.loads.append(os.getloadavg()[0])
        self.runs.append(measure(command))
        if knows_types and not self.types:
            asking = [sys.executable, peer.__file__, "--types-of", target]
            self.types = subprocess.run(asking, check=True, capture_output=True, text=True).stdout.strip()

    @property
    def best(self) -> Run:
        return min(self.runs, key=lambda run: run.seconds)

    def line(self, name: str, remark: str = "") -> str:
        run, cpu = self.best, min(run.cpu_seconds for run in self.runs)
        load, peak = self.loads[self.runs.index(run)], max(run.peak_megabytes for run in self.runs)
        figures = f"{run.seconds:6.2f} s | {cpu:6.2f} s | {peak:5.0f} MB | {load:4.1f}"
        return f"| {name:<36} | {figures} | {remark:<34} | {self.types} |"


class Turns:
    """All works in turns, so that what the machine does besides hits each of them."""

    def __init__(self, folder: Path, scratch: Path, kinds: list[str], imatrix: Path | None, other: peer.Peer | None):
        self.folder, self.scratch, self.peer = folder, scratch, other
        self.kinds = [*BESIDE_CP, *(kind for kind in kinds if kind not in BESIDE_CP)]
        self.imatrix = imatrix or scratch / "imatrix.gguf"
        if imatrix is None and any(kind.endswith(BY_IMPORTANCE) for kind in kinds):
            in_a_process(peer.make_imatrix, folder, self.imatrix)
        self.packed = scratch / "packed"
        in_a_process(shaped_folder.make_packed_folder, folder, self.packed, 4, 64)
        self.ours = {name: Work() for name in (*self.kinds, LOSSLESS)}
        self.theirs = {name: Work() for name in self.kinds if name not in ("bf16", "f16")} if other else {}
        self.cp, self.cp_of_output, self.converter = Work(), Work(), Work()
        self.waiting, self.waiting_for_output = Work(), Work()  # `cp` until all is on the disk, as we wait for it

    def turn(self) -> None:
        target = self.scratch / "ours.gguf"
        weights = sorted(self.folder.glob("model*.safetensors"))
        self.cp.add(["sh", "-c", 'cat "$@" > "$0"', target, *weights], target, knows_types=False)
        self.waiting.add(["sh", "-c", 'cat "$@" > "$0"; sync', target, *weights], target, knows_types=False)
        for kind in self.kinds:
            plain = kind.removesuffix(BY_IMPORTANCE)
            further = () if kind == plain else ("--imatrix", self.imatrix)
            self.ours[kind].add(ours(self.folder, target, plain, *further), target)
        self.ours[LOSSLESS].add(ours(self.packed, target, "lossless"), target)
        copy = self.scratch / "copy.gguf"
        self.cp_of_output.add(["cp", target, copy], copy, knows_types=False)
        self.waiting_for_output.add(["sh", "-c", 'cp "$0" "$1"; sync', target, copy], copy, knows_types=False)
        for file in (target, copy):
            file.unlink()
        if self.peer:
            self._turn_of_the_peer(self.peer)

    def _turn_of_the_peer(self, other: peer.Peer) -> None:
        half, target = self.scratch / "f16.gguf", self.scratch / "theirs.gguf"
        self.converter.add(other.converting(half), half)
        for name, work in self.theirs.items():
            plain = name.removesuffix(BY_IMPORTANCE)
            further = () if name == plain else (self.imatrix,)
            work.add(other.quantizing(half, target, plain, *further), target)
        half.unlink()
        target.unlink(missing_ok=True)

    def lines(self) -> Iterator[str]:
        """A table in Markdown."""
        yield "| | time | CPU time | peak memory | load | | tensors |"
        yield "|---|---|---|---|---|---|---|"
        yield self.cp.line("cp")
        yield self.waiting.line("cp, sync")
        for name, work in self.ours.items():
            yield work.line(name, self._remark(name, work))
        yield self.cp_of_output.line("cp of what is lossless")
        yield self.waiting_for_output.line("cp of it, sync")
        if self.peer:
            yield self.converter.line("llama.cpp, converter to F16")
            for name, work in self.theirs.items():
                yield work.line(f"llama.cpp, {name}")

    def _remark(self, name: str, work: Work) -> str:
        """The target of the time and whether it is met, and that of memory where it is not."""
        seconds, heavy = work.best.seconds, max(run.peak_megabytes for run in work.runs) > MEGABYTES
        memory = f", more than {MEGABYTES} MB" if heavy else ""
        if name in BESIDE_CP or name == LOSSLESS:
            times, more = BESIDE_CP.get(name, BESIDE_CP_OF_OUTPUT)
            beside = (self.cp_of_output, self.waiting_for_output) if name == LOSSLESS else (self.cp, self.waiting)
            wanted, on_disk = (times * work.best.seconds + more for work in beside)
            return (
                f"≤ {wanted:.2f} s: {_verdict(seconds <= wanted)}; "
                f"≤ {on_disk:.2f} s with sync: {_verdict(seconds <= on_disk)}{memory}"
            )
        if name not in self.theirs:
            return memory.removeprefix(", ")
        share = seconds / (self.converter.best.seconds + self.theirs[name].best.seconds)
        wanted = BESIDE_PEER.get(name, BESIDE_PEER_ELSE)
        return f"{share:.2f} of llama.cpp's, ≤ {wanted}: {_verdict(share <= wanted)}{memory}"


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "MISSED"


def compare(turns: Turns, repeat: int, say: Callable[[str], None]) -> None:
    """A table after each turn, the last of which has the best of all."""
    for number in range(1, repeat + 1):
        turns.turn()
        say(f"\nAfter {number} of {repeat} turns, {os.cpu_count()} cores:\n")
        for line in turns.lines():
            say(line)
