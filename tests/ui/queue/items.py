"""Items in every state, made by hand, for pictures and for what only looks at them."""

from pathlib import Path

from app.core.convert import StageSeconds, WrittenFile
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.core.progress import Progress, Stage
from app.core.text import text
from app.ui.proof.file_check import FileCheck
from app.ui.queue.queue_item import ItemState, QueueItem, Unopened
from app.ui.widgets.failure import Failure

CONVERTING = Progress(Stage.CONVERT, 1_480_000_000, 2_480_000_000, "blk.17.ffn_down.weight", 8.1e7, seconds_left=27)
WRITTEN = WrittenFile(Path("/models/gemma-3-270m-Q8_0.gguf"), 291_535_872, 3.2, StageSeconds(1, 1, 1, 1))
LOST = Failure(text("{file} is missing.", file="tokenizer.json"), text("Copy it from the original model."), "Traceback")


def item(number: int, title: str, kind: OutputType, **changes) -> QueueItem:
    """An item that has not been opened."""
    return QueueItem(
        title,
        Path("/models") / title,
        Unopened(PlanOptions(output_type=kind), lambda *_: Path()),
        number=number,
        **changes,
    )


ITEMS = (
    item(
        1,
        "gemma-3-270m",
        OutputType.Q8_0,
        state=ItemState.DONE,
        written=(WRITTEN,),
        checks=(FileCheck(WRITTEN.path),),
    ),
    item(2, "broken", OutputType.AUTO, state=ItemState.FAILED, failure=LOST),
    item(3, "llama-3.2-1b-instruct", OutputType.Q4_K_M, state=ItemState.CONVERTING, progress=CONVERTING),
    item(4, "qwen3-4b-my-finetune", OutputType.AUTO),
    item(5, "smollm2-360m", OutputType.AUTO, state=ItemState.STOPPED),
)


def show_items(queue, items=ITEMS) -> None:
    """As if they had been added, and were as far as they are."""
    queue.items = tuple(items)
    queue.rows_changed.emit()
