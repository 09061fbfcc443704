"""Plans of small folders whose rows K-quants fit, by how mlx-lm stored them."""

from typing import Any

from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import ConversionPlan, PlanOptions
from tests.tiny_checkpoints import gemma3_config, gemma3_folder, row_count

MX = {"mxfp4": 32, "nvfp4": 16}


def stored_folder(folder, how: str, **changes: Any):
    """`how`: a dtype of MLX, the bits of affine packing, or another mode."""
    sizes = {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2, **changes}
    config = gemma3_config(row_count(), **sizes)
    if how in MX:
        packing: dict[str, Any] = {"bits": 4, "group_size": MX[how], "mode": how}
        return gemma3_folder(folder, config=config, quantize=lambda _: packing)
    if how.isdigit():
        return gemma3_folder(folder, config=config, quantize=lambda _: {"bits": int(how), "group_size": 64})
    return gemma3_folder(folder, config=config, dtype=how)


def all_plans(folder, options: PlanOptions | None = None) -> dict[OutputType, ConversionPlan]:
    """Final ones."""
    prepared = prepare(identify(open_checkpoint(folder)))
    return dict(zip(OutputType, prepared.plans(options or PlanOptions(), OutputType), strict=True))
