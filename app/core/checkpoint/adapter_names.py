"""What the files of an adapter are called."""

import re

SETTINGS = "adapter_config.json"
# Of mlx-lm and mlx-vlm; of PEFT; of mlx-tune's embedding models
READ = ("adapters.safetensors", "adapter_model.safetensors", "adapters.npz")
SAVED_ON_THE_WAY = re.compile(r"(\d{7})_adapters\.safetensors", re.ASCII)  # mlx-lm tuner/trainer.py: the iterations
