"""Errors for people: what happened, to which file or tensor, and what to do about it."""

from app.core.text import in_one_line


class AppError(Exception):
    """Base of every error that a user may see.

    AppError
    ├── CheckpointError   the folder cannot be opened at all
    ├── PlanError         there is nothing that could be written, or a choice does not fit
    ├── TargetError       the file cannot be written there
    │   └── ExistingFileError   because there is one already, which may be replaced
    ├── ConversionError   reading, computing or writing failed on the way
    ├── VerificationError a file cannot be compared with its folder
    ├── DeliveryError     a file cannot be brought to the program that is to use it, or does not answer there
    │   └── TakenNameError      because it has a model of that name, which may be replaced
    └── ExhaustedError    files, memory, threads or processes have run out, wherever it was
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = in_one_line(message)
        self.hint = in_one_line(hint)

    def __reduce__(self) -> tuple[type["AppError"], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # the hint must survive a process boundary too


class CheckpointError(AppError):
    """The path is no model folder, or cannot be read."""


class PlanError(AppError):
    """The plan has a finding that stops the conversion, or an option does not fit."""


class TargetError(AppError):
    """The destination cannot be written: it exists, is full, is not writable, or lies in the model folder."""


class ExistingFileError(TargetError):
    """A regular file stands there already."""


class ConversionError(AppError):
    """A weight could not be read or written as planned."""


class ExhaustedError(AppError):
    """The system has no more to give; made in exhaustion.py."""


class VerificationError(AppError):
    """What a file predicts cannot be compared with what its folder predicts."""


class DeliveryError(AppError):
    """Another program is not there, is too old, or does not take a file."""


class TakenNameError(DeliveryError):
    """Another program has a model of this name already."""


class Cancelled(Exception):  # noqa: N818 - a wish that was granted, not an error
    """The user cancelled; nothing was left behind."""
