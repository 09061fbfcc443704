"""What every finding owes its reader."""

from collections.abc import Iterable

from app.core.findings import Finding, Severity

STOP, WARNING, NOTE = Severity.BLOCKER, Severity.WARNING, Severity.INFO


def expect_finding(findings: Iterable[Finding], code: str, severity: Severity, subject: str = "") -> Finding:
    """The only finding with this code; it says what was found, what that means and what to do."""
    found = [finding for finding in findings if finding.code == code]
    assert len(found) == 1, f"{len(found)} findings {code!r} among {list(findings)}"
    assert (found[0].severity, found[0].subject) == (severity, subject)
    assert found[0].what.endswith(".")
    assert found[0].meaning
    assert found[0].advice
    return found[0]
