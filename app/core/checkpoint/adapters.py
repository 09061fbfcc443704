"""A folder that holds what fine-tuning changed, and no model: of MLX or of PEFT, and what makes a model of it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.checkpoint.shell_words import shell_word
from app.core.findings import Finding, blocker
from app.core.text import text

SETTINGS = "adapter_config.json"
OF_MLX = "adapters.safetensors"
OF_PEFT = ("adapter_model.safetensors", "adapter_model.bin")
SAVED_ON_THE_WAY = re.compile(
    r"\d{7}_adapters\.safetensors", re.ASCII
)  # mlx_lm/tuner/trainer.py: every save_every steps


def find_adapter(folder: Path, names: list[str]) -> Finding | None:
    """What kind of adapter a folder holds; `names` are its files, sorted. None where there is none."""
    steps = [name for name in names if SAVED_ON_THE_WAY.fullmatch(name)]
    if not steps and not {SETTINGS, OF_MLX, *OF_PEFT} & set(names):
        return None
    settings = _settings(folder)
    if "peft_type" in settings or set(OF_PEFT) & set(names):
        return _peft(folder, settings)
    if SETTINGS not in names:
        return _without_settings(OF_MLX if OF_MLX in names else steps[-1])
    if OF_MLX not in names and steps:
        return _only_steps(steps[-1])
    if OF_MLX in names and "rank" in settings and "lora_parameters" not in settings:
        return _old_mlx_vlm()
    return _mlx(folder, settings)


def _settings(folder: Path) -> Mapping[str, Any]:
    try:
        return read_object(folder / SETTINGS)
    except (FileNotFoundError, UnreadableJsonError):
        return {}


def _mlx(folder: Path, settings: Mapping[str, Any]) -> Finding:
    is_full = settings.get("fine_tune_type") == "full"
    base = shell_word(settings.get("model"), "BASE")
    adapter, saved = shell_word(str(folder), "ADAPTER"), shell_word(f"{folder}-fused", "FUSED")
    return blocker(
        "full-fine-tune" if is_full else "adapter-only",
        text("This folder holds the layers that a full fine-tune trained, and not the rest of the model.")
        if is_full
        else text("This folder holds an adapter (LoRA) and no model weights."),
        text("The other layers are those of its base model.")
        if is_full
        else text("An adapter holds only the changes to its base model."),
        text(
            "Put it into its base model first, then open the folder that this saves: mlx_lm.fuse --model {base} "
            "--adapter-path {adapter} --save-path {saved}",
            base=base,
            adapter=adapter,
            saved=saved,
        ),
        OF_MLX,
    )


def _only_steps(last: str) -> Finding:
    return blocker(
        "adapter-only",
        text(
            "This folder holds adapters that were saved during training, the last one {file}, and no model.", file=last
        ),
        text("mlx_lm.fuse reads only {file}, which is saved when the training ends.", file=OF_MLX),
        text("Copy the one that you want to {file} and open the folder again.", file=OF_MLX),
        last,
    )


def _without_settings(name: str) -> Finding:
    return blocker(
        "adapter-only",
        text("This folder holds an adapter (LoRA), {file}, and no model weights.", file=name),
        text(
            "{settings} is missing: only it says how strong the changes are, and for which layers.", settings=SETTINGS
        ),
        text("Copy {settings} from where the adapter was trained, and open the folder again.", settings=SETTINGS),
        name,
    )


def _old_mlx_vlm() -> Finding:
    return blocker(
        "adapter-only",
        text("This folder holds an adapter (LoRA) as earlier versions of mlx-vlm saved it, and no model weights."),
        text("mlx_lm.fuse cannot read it, and mlx-vlm has no command that puts it into a model."),
        text(
            "Train it again with mlx_lm.lora, or add alpha / rank times the transposed product of A and B to each "
            "weight of the base model."
        ),
        OF_MLX,
    )


def _peft(folder: Path, settings: Mapping[str, Any]) -> Finding:
    adapter, saved = (
        shell_word(path, name) for path, name in ((str(folder), "ADAPTER"), (f"{folder}-merged", "MERGED"))
    )
    base = settings.get("base_model_name_or_path")
    return blocker(
        "peft-adapter",
        text("This folder holds an adapter of PEFT (Hugging Face), and no model weights.")
        if not isinstance(base, str) or not base
        else text("This folder holds an adapter of PEFT (Hugging Face) for {model}, and no model weights.", model=base),
        text("An adapter holds only the changes to its base model. mlx_lm.fuse cannot read PEFT's."),
        text(
            'Merge it with PEFT: python -c "import sys, peft; peft.AutoPeftModelForCausalLM.from_pretrained('
            'sys.argv[1]).merge_and_unload().save_pretrained(sys.argv[2])" {adapter} {saved}. Then copy the base '
            "model's tokenizer into the new folder and open it.",
            adapter=adapter,
            saved=saved,
        ),
        SETTINGS,
    )
