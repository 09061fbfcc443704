"""What llama.cpp takes two steps for: its converter's F16 file, and llama_model_quantize of that.

python benchmarks/peer.py LIBLLAMA.so SOURCE.gguf TARGET.gguf TYPE [IMATRIX.gguf]
python benchmarks/peer.py --types-of FILE.gguf
"""

import argparse
import ctypes
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


@dataclass(frozen=True)
class Peer:
    """A llama.cpp checkout, a Python with torch for its converter, the folder to convert, and libllama.so."""

    checkout: Path
    python: str | Path
    folder: Path
    library: Path

    def converting(self, target: Path) -> list[str | Path]:
        converter = self.checkout / "convert_hf_to_gguf.py"
        return [self.python, converter, self.folder, "--outtype", "f16", "--outfile", target]

    def quantizing(self, source: Path, target: Path, kind: str, *imatrix: Path) -> list[str | Path]:
        return [sys.executable, __file__, self.library, source, target, kind, *imatrix]


def quantize(library: Path, source: Path, target: Path, kind: str, imatrix: Path | None = None) -> bool:
    from app.core.ggml_types import OUTPUTS, OutputType
    from tests.golden.make_mixes import means_of, quantizer
    from tests.quick_reader import QuickReader

    ctypes.CDLL(str(library))
    means = None
    if imatrix is not None:
        arrays = {tensor.name: tensor.data.copy() for tensor in QuickReader(imatrix).tensors}
        names = [name.removesuffix(".in_sum2") for name in arrays if name.endswith(".in_sum2")]
        means = means_of({name: (arrays[f"{name}.in_sum2"], arrays[f"{name}.counts"]) for name in names})
    return bool(quantizer(library)(source, target, int(OUTPUTS[OutputType(kind)].file_type), means))


def types_of(file: Path) -> str:
    """How many tensors of each type, the most first."""
    from tests.quick_reader import QuickReader

    counts = Counter(tensor.tensor_type.name for tensor in QuickReader(file).tensors)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def make_imatrix(folder: Path, target: Path) -> None:
    """Write an importance matrix for a folder, of numbers that depend on the tensors' names only."""
    from tests.core.imatrix_by_hand import write_imatrix
    from tests.golden.make_mixes import entries_of

    write_imatrix(target, entries_of(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("given", nargs="*")
    parser.add_argument("--types-of", type=Path)
    arguments = parser.parse_args()
    if arguments.types_of:
        print(types_of(arguments.types_of))
        return
    library, source, target, kind, *imatrix = arguments.given
    sys.exit(not quantize(Path(library), Path(source), Path(target), kind, *map(Path, imatrix)))


if __name__ == "__main__":
    main()
