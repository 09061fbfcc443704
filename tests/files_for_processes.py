"""Which files of tests each of several processes is given, and when."""

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# ggml makes tables for its smallest types when a process first asks for them, in 20 seconds.
SMALLEST_TYPES = tuple(
    f"tests/{name}.py" for name in ("core/encode/test_weighted", "core/verify/test_spoilt_files", "golden/test_mixes")
)
# Of the last folder, the longest first: at the end no process has much left to do while the others have nothing.
LAST = "tests/ui/"
LONGEST = tuple(
    f"{LAST}{name}.py"
    for name in (
        *("test_language", "test_checking", "test_monkey", "test_window", "proof/test_in_window"),
        *("page/test_detail_pages", "test_shell", "test_adapters", "test_remedies", "test_adapter_export"),
    )
)


class FilesForProcesses(LoadFileScheduling):  # type: ignore[misc]
    """File by file, but for those that are quicker in one process."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return SMALLEST_TYPES[0] if file in SMALLEST_TYPES else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        if next(iter(self.workqueue)).startswith(LAST):
            for file in reversed(LONGEST):
                if file in self.workqueue:
                    self.workqueue.move_to_end(file, last=False)
        super()._assign_work_unit(node)
