"""Weights that were saved with the layers still in them that LoRA or DoRA puts around those of a model."""

from collections.abc import Iterable

from app.core.findings import Finding, blocker
from app.core.text import counted, text

# mlx_lm/tuner/lora.py and dora.py; mlx_vlm/trainer/lora.py (A and B beside original_layer); PEFT's layers
OF_MLX = (".lora_a", ".lora_b", ".original_layer.weight")
OF_PEFT = (".base_layer.weight", ".lora_magnitude_vector", ".lora_embedding_A", ".lora_embedding_B")
INSIDE_PEFT = (".lora_A.", ".lora_B.", ".lora_embedding_A.", ".lora_embedding_B.", ".lora_magnitude_vector.")


def find_unfused_lora(names: Iterable[str]) -> Finding | None:
    """For the names of a model's tensors; None where no such layer is among them."""
    of_mlx: list[str] = []
    of_peft: list[str] = []
    for name in names:
        if name.endswith(OF_MLX):
            of_mlx.append(name)
        elif name.endswith(OF_PEFT) or any(part in name for part in INSIDE_PEFT):
            of_peft.append(name)
    found = of_mlx or of_peft
    if not found:
        return None
    return blocker(
        "unfused-lora",
        counted(
            "LoRA layers are not fused: {tensor} is still beside the weights.",
            "LoRA layers are not fused: {tensor} and others, {count:,} tensors in all, are still beside the weights.",
            len(found),
            tensor=found[0],
        ),
        text("Without them the file would not know what was trained, and how strongly they count is not stored."),
        _advice(is_peft=not of_mlx),
        found[0],
    )


def _advice(is_peft: bool) -> str:
    if is_peft:
        return text("Where the model was trained, call merge_and_unload() of PEFT before it is saved.")
    return text(
        "If the adapters were saved too: mlx_lm.fuse --model BASE --adapter-path ADAPTERS --save-path FUSED. Or, "
        "where the model was trained and before it is saved: model.update_modules(tree_unflatten([(name, layer.fuse()) "
        'for name, layer in model.named_modules() if hasattr(layer, "fuse")]))'
    )
