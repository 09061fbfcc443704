"""What the files of an adapter are called."""

import re

SETTINGS = "adapter_config.json"
READ = ("adapters.safetensors", "adapter_model.safetensors")  # of mlx-lm and mlx-vlm; of PEFT
SAVED_ON_THE_WAY = re.compile(r"(\d{7})_adapters\.safetensors", re.ASCII)  # mlx-lm tuner/trainer.py: the iterations
