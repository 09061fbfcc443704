"""Run by make_peft.py in an environment with torch, transformers and peft: an adapter of the peft library, and what
that library makes of the base with it.

    python peft_peer.py BASE SETTINGS.json ADAPTER MERGED
"""

import json
import sys
from pathlib import Path

import peft  # type: ignore[import-not-found]
import torch  # type: ignore[import-not-found]
import transformers

from tests.golden.peft_values import trained_values

base, settings, adapter, merged = sys.argv[1:]
config = json.loads(Path(settings).read_text(encoding="utf-8"))
model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
model = peft.get_peft_model(model, peft.LoraConfig(**config))
with torch.no_grad():
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.copy_(torch.from_numpy(trained_values(name, tuple(parameter.shape))))
model.save_pretrained(adapter)
model.merge_and_unload().save_pretrained(merged)
versions = {one.__name__: str(one.__version__) for one in (peft, transformers, torch)}
Path(adapter, "made_with.json").write_text(json.dumps(versions), encoding="utf-8")
