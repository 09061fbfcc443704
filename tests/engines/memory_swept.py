"""What llama.cpp allots for every family's tiny model at 4,096 tokens, held against what is said before converting.

    python -m tests.engines.memory_swept [FAMILY …]

prints for each the MiB of keys, values and states, as llama.cpp logs them and as they are estimated.
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.describe.memory_need import CONTEXT, memory_need
from app.core.errors import AppError
from app.core.plan import PlanOptions
from tests.golden.family_models import FamilyModel, family_models, save_published
from tests.tiny_checkpoints import with_tokenizer

MIB = 1 << 20
ALLOTTED = re.compile(r"(?:KV|RS) buffer size = +([0-9.]+) MiB")
FLAGS, SWA_FULL = 3, 0xFF << 32  # llama.h, llama_context_params: the fifth flag in their word
SWAYING = 0.011  # MiB by which two numbers of two digits differ


def measured(name: str) -> tuple[float, float]:
    """Allotted and estimated, in MiB. In a process of its own: llama.cpp ends the program where it fails."""
    from app.core.verify.engines import llama_h

    with tempfile.TemporaryDirectory() as place:
        model = FamilyModel(name)
        folder = with_tokenizer(save_published(model, Path(place) / "published", model.engines.get("set")))
        plan = prepare_plan(open_checkpoint(folder), PlanOptions())
        file = convert(plan, Path(place) / "model.gguf").path
        lines: list[str] = []
        keep = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(
            lambda _, line, __: lines.append(line.decode(errors="replace"))
        )
        parameters = llama_h.context_parameters()
        parameters.type_k = parameters.type_v = llama_h.F16
        longest = next(entry.value for entry in plan.metadata if entry.key.endswith(".context_length"))
        parameters.n_ctx = min(CONTEXT, longest)
        parameters.flash_attn_type = llama_h.AUTO
        parameters.rest[FLAGS] &= ~SWA_FULL  # as llama.cpp's own programs do
        loaded = llama_h.load_model(os.fsencode(file), llama_h.model_parameters())
        llama_h.LIBRARY.llama_log_set(keep, None)
        llama_h.make_context(loaded, parameters)
        llama_h.LIBRARY.llama_log_set(None, None)
    allotted = sum(map(float, ALLOTTED.findall("".join(lines))))
    return allotted, memory_need(plan, 1).cache / MIB


def main() -> None:
    names = sys.argv[1:]
    if len(names) == 1:
        try:
            allotted, estimated = measured(*names)
        except AppError as error:
            print(f"{names[0]}: {error}")
            return
        verdict = (
            "" if abs(allotted - estimated) < SWAYING + 0.01 * allotted else "more" if estimated > allotted else "LESS"
        )
        print(f"{names[0]} {allotted:.2f} {estimated:.2f} {verdict}")
        return
    for name in names or [model.name for model in family_models()]:
        command = [sys.executable, "-m", "tests.engines.memory_swept", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(done.stdout.strip() or f"{name}: {done.stderr.strip()[-200:]}", flush=True)


if __name__ == "__main__":
    main()
