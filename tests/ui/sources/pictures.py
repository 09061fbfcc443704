"""States of the side bar, to be looked at."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.core.deliver.models_here import Place
from app.core.verify.results.report import Verdict
from app.ui.settings import Recent
from app.ui.sources.side_bar import SideBar
from tests.ui.history.finished import finished
from tests.ui.sources.made import adapter, model


def pictures(place: Path) -> Iterator[tuple[str, QWidget]]:
    """Names of states, and the widget in them."""
    file = (place / "a.gguf",)
    models = [
        model("my-finetune", place / "my-finetune", Place.FOLDER, byte_count=151_000_000, gguf=file),
        model("fused_model", place / "fused_model", Place.FOLDER, bits=16, byte_count=8_100_000_000),
        model("mlx-community/Qwen3-30B-A3B-Instruct-2507-4bit-DWQ", place / "a", Place.LM_STUDIO, gguf=file),
        model("lmstudio-community/gemma-3-4b-it-MLX-8bit", place / "b", Place.LM_STUDIO, bits=8),
        model("mlx-community/Llama-3.2-1B-Instruct-4bit", place / "c"),
        model("mlx-community/SmolLM2-135M-Instruct", place / "d", bits=16, byte_count=270_000_000),
        model("mlx-community/gemma-3-12b-it-4bit", place / "e", is_complete=False),
        adapter("qwen-lora", place / "qwen-lora"),
        adapter("adapters", place / "adapters", base=""),
    ]
    gone = finished(place, "gemma-BF16.gguf", verdict=Verdict.SAME)
    gone.path.unlink()
    files = [
        finished(place, "my-finetune-Q8_0.gguf", verdict=Verdict.CLOSE),
        finished(place, "qwen-Q4_K_M.gguf", verdict=Verdict.DEGRADED),
        finished(place, "new-Q4_K_M.gguf"),
        gone,
    ]
    for width, height in ((240, 680), (340, 680)):
        bar = SideBar()
        bar.resize(width, height)
        bar.show_recents([Recent(place / "my-finetune"), Recent(place / "base", (place / "tune" / "adapters",))])
        bar.show_files(files)
        bar.show_models(models)
        bar.show_open(place / "b")
        yield f"all-{width}", bar
    bar = SideBar()
    bar.resize(240, 300)
    yield "nothing", bar
