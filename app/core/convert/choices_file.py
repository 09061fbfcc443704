"""Types that were chosen for single tensors, as a text file for the next time."""

from pathlib import Path

from app.core.convert.part_file import part_file
from app.core.plan.tensor_choices import TensorChoices, choices_as_text


def save_choices(path: Path, choices: TensorChoices) -> None:
    """One line for each choice; replaces what is there. `load_choices` reads it. Raises TargetError."""
    with part_file(path, overwrite=True) as part:
        part.write_text(choices_as_text(choices), encoding="utf-8")
