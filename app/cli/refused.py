"""A conversion that a finding stops."""

from app.core.errors import PlanError


class RefusedError(PlanError):
    """A finding stops the conversion; its advice is prose of any length."""
