"""Words that Python has for itself: none of them may stand in a sentence for people."""

import re
from collections.abc import Iterable

from app.core.findings import Finding

PYTHON = re.compile(
    r"\b\w+(?:Error|Exception|Iteration)\b|Traceback|<(?:class|function|lambda|module)|NoneType| object at 0x"
    r"|unsupported operand|object is not|has no attribute|argument must|invalid literal|unhashable|out of range"
    r"|cannot unpack|to unpack|can only concatenate|not supported between"
)


def in_python(findings: Iterable[Finding]) -> list[str]:
    """The sentences of findings in which Python speaks of itself."""
    said = (part for finding in findings for part in (finding.what, finding.meaning, finding.advice))
    return [sentence for sentence in said if PYTHON.search(sentence)]
