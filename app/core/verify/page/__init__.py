"""The report as one page that needs nothing else."""

from app.core.verify.page.page import verification_page

__all__ = ["verification_page"]
