"""Make tests/golden/gemma3.json: what llama.cpp's own converter writes for the Hugging Face folders of all cases.

    python -m tests.golden.make_golden --peer LLAMA_CPP

LLAMA_CPP is a llama.cpp checkout (the source package of llama-cpp-python holds one as vendor/llama.cpp). Needs torch,
transformers, safetensors, sentencepiece, xllamacpp and that checkout's gguf-py. A reference counts only once llama.cpp
has loaded it. The tool itself is not part of this project; only digests are kept.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.golden.cases import CASES, Case
from tests.golden.digest import digest_gguf
from tests.golden.golden_json import write_golden
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import SAMPLE_TOKENIZER

TARGET = Path(__file__).with_name("gemma3.json")
VERSIONS = ("torch", "transformers", "sentencepiece", "gguf", "xllamacpp")
LOAD = """
import os, sys, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.n_ctx, parameters.warmup = sys.argv[1], 256, False
server = xllamacpp.Server(parameters)
print("loaded", flush=True)
os._exit(0)  # its threads may not end by themselves
"""


def huggingface_folder(case: Case, folder: Path) -> Path:
    """The folder as its publisher would have it: with tokenizer.model and added_tokens_decoder."""
    import torch  # type: ignore[import-not-found]  # this project does without
    from safetensors.torch import save_file

    folder.mkdir()
    tensors = {
        name: torch.from_numpy(values).to(getattr(torch, case.dtype)).contiguous()
        for name, values in case.tensors().items()
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(case.config, indent=2))
    for file in SAMPLE_TOKENIZER.iterdir():
        shutil.copy(file, folder)
    return folder


def check_names(case: Case) -> None:
    """The tensors are those that transformers has, by name and shape."""
    import transformers

    config = transformers.AutoConfig.for_model(**case.text_config)
    state = transformers.AutoModelForCausalLM.from_config(config).state_dict()
    theirs = {name: tuple(values.shape) for name, values in state.items()}
    ours = {name: values.shape for name, values in case.text_tensors().items()}
    if ours | {"lm_head.weight": theirs["lm_head.weight"]} != theirs:
        sys.exit(f"names or shapes differ from transformers': {set(ours.items()) ^ set(theirs.items())}")


def run_peer(peer: Path, source: Path, target: Path, kind: str) -> None:
    subprocess.run(
        [sys.executable, peer / "convert_hf_to_gguf.py", source, "--outtype", kind, "--outfile", target],
        check=True,
        capture_output=True,
    )


def check_loads(path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", LOAD, path], capture_output=True, text=True, check=False, timeout=120)
    if "loaded" not in run.stdout:
        sys.exit(f"llama.cpp does not load {path.name}: {run.stderr[-1200:]}")


def make_case(name: str, case: Case, peer: Path, folder: Path) -> dict[str, Any]:
    print(name, flush=True)
    check_names(case)
    source = huggingface_folder(case, folder / name)
    found = {}
    for kind in case.types:
        target = folder / f"{name}-{kind}.gguf"
        run_peer(peer, source, target, kind)
        check_loads(target)
        found[kind] = digest_gguf(QuickReader(target))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True)
    peer = parser.parse_args().peer
    with tempfile.TemporaryDirectory() as folder:
        cases = {name: make_case(name, case, peer, Path(folder)) for name, case in CASES.items()}
    made_with = {package: version(package) for package in VERSIONS}
    write_golden(TARGET, {"made_with": made_with, "cases": cases})


if __name__ == "__main__":
    main()
