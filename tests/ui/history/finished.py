"""Finished files made by hand."""

from pathlib import Path

from app.ui.history.finished_file import FinishedFile, UsedAdapter, UsedOptions

NOON = 1_795_000_000.0


def finished(folder: Path, name: str = "my-model-Q8_0.gguf", **others) -> FinishedFile:
    """One that is there."""
    path = folder / name
    path.write_bytes(b"x" * 100)
    usual = {"byte_count": 100, "finished_at": NOON, "source": folder / "my-model", "source_name": "my-model"}
    return FinishedFile(path, **{**usual, **others})


def with_everything(folder: Path) -> FinishedFile:
    """Every field says something."""
    options = UsedOptions(
        "q4_k_m",
        "keep",
        "mlx",
        ("^attn_v$=q8_0",),
        folder / "imatrix.gguf",
        "Mine",
        "qwen2",
        ("author=Me", "tags=a,b"),
        5,
    )
    adapters = (UsedAdapter(folder / "tune" / "adapters.safetensors", 0.5),)
    return finished(folder, type_name="Q4_K_M", adapters=adapters, options=options, sha256=("ab" * 32,))
