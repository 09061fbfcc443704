"""What llama.cpp's convert_lora_to_gguf.py makes of PEFT adapters for tiny models, for gguf_adapters.json.

    python -m tests.golden.make_gguf_adapters --peer LLAMA_CPP --python PYTHON

PYTHON has torch, transformers and the checkout's gguf-py. Of every tensor the digest of its values is kept; the scale,
which that program leaves to llama.cpp, is multiplied into the second factor first.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

from tests.golden.adapter_digest import adapter_digest
from tests.golden.family_models import FamilyModel, save_published
from tests.golden.golden_json import write_golden
from tests.golden.peft_form import save_peft

TARGET = Path(__file__).with_name("gguf_adapters.json")
FAMILIES = (
    "llama",
    "llama3",
    "qwen2",
    "qwen3",
    "gemma2",
    "phi3",
    "starcoder2",
    "olmo2",
    "granite",
    "mistral",
    "glm4",
    "gpt_neox",
    "internlm3",
    "exaone4",
    "qwen3_moe",
    "mixtral",
    "ernie4_5",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--python", required=True)
    arguments = parser.parse_args()
    found = {}
    for name in FAMILIES:
        with tempfile.TemporaryDirectory() as place:
            model = FamilyModel(name)
            base, adapter = save_published(model, Path(place) / "base"), save_peft(model, Path(place) / "adapter")
            file = Path(place) / "adapter.gguf"
            script = arguments.peer / "convert_lora_to_gguf.py"
            command = [arguments.python, script, "--base", base, "--outtype", "f32", "--outfile", file, adapter]
            subprocess.run(command, check=True)
            found[name] = adapter_digest(file)
    write_golden(TARGET, found)


if __name__ == "__main__":
    main()
