"""What is going on with the open model."""

from enum import Enum, auto


class State(Enum):
    """Which of four."""

    EMPTY = auto()  # no folder
    OPENING = auto()  # headers are being read
    LOOKING = auto()  # the plan is provisional; vocabulary and head are being looked at
    READY = auto()
