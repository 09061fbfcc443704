"""Why a step of a verification cannot be done, where the file is not to blame."""

from app.core.errors import VerificationError
from app.core.text import Text


class NoComparisonError(VerificationError):
    """The step is left out; `reason` is a sentence."""

    def __init__(self, reason: Text, hint: str = "") -> None:
        super().__init__(reason, hint)
        self.reason = reason
