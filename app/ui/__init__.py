"""The window: shows what the core says and passes on what the user wants. Qt lives here and nowhere else."""

# Before Qt, for PySide6 reads the source of every module that is imported after it: with this one comes nearly all of
# the core that the window needs, and the window is there a tenth sooner.
import app.core.verify.write_verification  # noqa: F401
