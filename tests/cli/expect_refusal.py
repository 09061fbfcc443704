"""What the command line owes to those whom it refuses something."""


def expect_refusal(outcome, what=""):
    """Nothing on stdout; on stderr one line that says what, and a hint."""
    code, out, err = outcome
    assert (code, out) == (1, "")
    first, *hints = err.splitlines()
    assert first.startswith("mlx-ferry: ")
    assert what in first
    assert hints
    assert all(hint.startswith("  ") for hint in hints)
    assert "Traceback" not in err
