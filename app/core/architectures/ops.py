"""What can happen to a tensor on its way from the folder to the file: a small closed vocabulary.

An op is plain data; how it is carried out on values stands in `weights/apply_ops.py`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class AddConstant:
    """Add `constant` to every value, in the dtype the tensor is stored in (float16) or else in float32."""

    constant: float

    def __str__(self) -> str:
        return f"{self.constant:+g}"


Op = AddConstant
