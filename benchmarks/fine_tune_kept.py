"""How much of an adapter's change arrives: in what mlx_lm.fuse makes of a quantized base, and in our files.

    python benchmarks/fine_tune_kept.py BASE ADAPTER --scratch DIR [--types auto lossless q8_0 q4_k_m] [--each]

BASE is a folder of MLX's, ADAPTER what mlx_lm.lora has trained on it. --each shows every tensor. The share kept is
κ = ⟨D − W, Δ⟩ / ‖Δ‖², the noise ‖D − W − Δ‖ / ‖Δ‖: W without the adapter, Δ what it adds, D what the file holds.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from app.core.adapter import read_adapter
from app.core.arrays import Floats
from app.core.checkpoint import ModelTensor, open_checkpoint
from app.core.convert import convert, prepare
from app.core.describe.fine_tune_kept import together
from app.core.encode.kept import Kept
from app.core.encode.measured import measured
from app.core.floats import widened
from app.core.ggml_types import OutputType, T
from app.core.model.adapted import Applied
from app.core.model.identify import Model, identify
from app.core.plan import PlanOptions
from app.core.weights.byte_ranges import WeightReader
from app.core.weights.chunks import Chunk
from app.core.weights.factors import FactorReader
from app.core.weights.updates import updated
from app.core.weights.values import packed_values


def values_of(tensor: ModelTensor, reader: WeightReader) -> Floats:
    """All values of a tensor as the folder has them, (n,) float32."""
    chunk = Chunk(tensor, ((0, tensor.element_count),))
    parts = tuple(chunk.read(part, reader) for part in tensor.parts)
    return packed_values(tensor, parts) if tensor.quantization else widened(parts[0], tensor.dtype)


def kept_by_fuse(model: Model, fused: Path) -> Iterator[tuple[str, Kept]]:
    """Of each tensor that the adapter changes, in the folder that mlx_lm.fuse has written."""
    theirs = {tensor.name: tensor for tensor in open_checkpoint(fused).tensors}
    touched = [tensor for tensor in model.checkpoint.tensors if tensor.updates]
    files = dict.fromkeys(file for one in touched for file in (*one.files, *theirs[one.name].files))
    with WeightReader(files) as reader:
        for tensor in touched:
            before, written = values_of(tensor, reader), values_of(theirs[tensor.name], reader)
            columns = tensor.shape[-1]
            rows = ((0, before.size // columns),)
            wanted = updated(before.reshape(-1, columns), tensor, rows, FactorReader(reader)).reshape(-1)
            yield tensor.name, measured(before, wanted, written.view(np.uint8), T.F32)[1]


def show(name: str, found: Mapping[str, Kept], byte_count: int, each: bool) -> None:
    total, worst = together(found.values()), min(one.share for one in found.values())
    print(
        f"{name:<22}{total.share:8.1%} kept, worst {worst:8.1%}, noise {total.noise_share:8.1%}  {byte_count:,} bytes"
    )
    for tensor, one in found.items() if each else ():
        print(f"  {tensor:<48}{one.share:8.1%} {one.noise_share:8.1%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("base", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--types", nargs="+", default=["auto", "lossless", "q8_0", "q4_k_m"])
    parser.add_argument("--each", action="store_true")
    arguments = parser.parse_args()
    fused, file = arguments.scratch / "fused", arguments.scratch / "file.gguf"
    command = ["--model", arguments.base, "--adapter-path", arguments.adapter, "--save-path", fused]
    subprocess.run([sys.executable, "-m", "mlx_lm", "fuse", *command], check=True, stdout=subprocess.DEVNULL)
    model = identify(open_checkpoint(arguments.base), (Applied(read_adapter(arguments.adapter)),))
    size = sum(path.stat().st_size for path in fused.glob("*.safetensors"))
    show("mlx_lm.fuse", dict(kept_by_fuse(model, fused)), size, arguments.each)
    made = prepare(model)
    for kind in arguments.types:
        written = convert(made.plan(PlanOptions(OutputType(kind))), file, overwrite=True)
        show(f"MLX Ferry, {kind}", written.kept, written.byte_count, arguments.each)
    file.unlink()


if __name__ == "__main__":
    main()
