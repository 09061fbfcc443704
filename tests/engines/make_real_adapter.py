"""Makes tests/data/gemma_3_270m_adapter anew: a short training of Gemma 3 270M, its factors in float16.

    python -m tests.engines.make_real_adapter BASE

BASE is the folder in bfloat16 that the fixture `folder_of` of test_real_model.py makes, with its tokenizer.
"""

import json
import sys
import tempfile
from pathlib import Path

import mlx.core as mx
from tokenizers import Tokenizer

from tests.engines.real_gemma import ENGLISH, MANY_LANGUAGES
from tests.engines.training import train_adapter
from tests.golden.family_models import loaded

ADAPTER = Path(__file__).parents[1] / "data" / "gemma_3_270m_adapter"
TOLD = ("fine_tune_type", "num_layers", "lora_parameters", "iters", "learning_rate", "batch_size", "optimizer")


def main() -> None:
    base = Path(sys.argv[1])
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    lines = [tokenizer.encode(text).ids[:40] for text in (ENGLISH, MANY_LANGUAGES)] * 2
    with tempfile.TemporaryDirectory() as name:
        folder = train_adapter(
            base, Path(name), lines, parameters={"rank": 4}, num_layers=4, iters=8, learning_rate=2e-4, batch_size=1
        )
        factors = loaded(folder / "adapters.safetensors")
        config = json.loads((folder / "adapter_config.json").read_text())
    ADAPTER.mkdir(exist_ok=True)
    halves = {name: factor.astype(mx.float16) for name, factor in factors.items()}
    mx.save_safetensors(str(ADAPTER / "adapters.safetensors"), halves)
    kept = {"model": "gemma-3-270m", **{key: config[key] for key in TOLD}}
    (ADAPTER / "adapter_config.json").write_text(json.dumps(kept, indent=4) + "\n")


if __name__ == "__main__":
    main()
