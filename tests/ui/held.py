"""A conversion that goes on until a test lets it go."""

import threading
import time

from app.core.convert import convert_all
from app.core.errors import Cancelled
from app.core.progress import Progress, Stage
from app.ui.queue import queue_work


class Held:
    """Writing that goes on until it is let go or cancelled; the real one follows."""

    def __init__(self, monkeypatch):
        self.real, self.go_on, self.began = convert_all, threading.Event(), []
        monkeypatch.setattr(queue_work, "convert_all", self)

    def __call__(self, orders, *, on_progress, is_cancelled, **how):
        self.began.append(orders[0][1].name)
        on_progress(Progress(Stage.CONVERT, 1, 2, "blk.0", 1.0))
        while not self.go_on.is_set():
            if is_cancelled():
                raise Cancelled
            time.sleep(0.005)
        return self.real(orders, on_progress=on_progress, is_cancelled=is_cancelled, **how)
