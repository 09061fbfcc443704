"""Experts as transformers 5 has them in memory, and PEFT names them: stacks, whatever the published files hold.

transformers conversion_mapping.py: the matrices of all experts become `experts.gate_up_proj`, gate above up, and
`experts.down_proj`; a `block_sparse_moe` becomes `mlp`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.architectures import Architecture, Layout
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.segments import Segment

EXPERTS = re.compile(r"(.+\.)(?:experts|switch_mlp|switch_glu)\.")
BOTH, DOWN = "gate_up_proj", "down_proj"
IN_MEMORY = {
    "ffn_gate_exps.weight": (BOTH, 0, 2),
    "ffn_up_exps.weight": (BOTH, 1, 2),
    "ffn_gate_up_exps.weight": (BOTH, 0, 1),
    "ffn_down_exps.weight": (DOWN, 0, 1),
}
IN_TURN = {"gpt-oss"}  # transformers models/gpt_oss/modeling_gpt_oss.py: a row of gate, a row of up


@dataclass(frozen=True)
class Stack:
    """A stack of (experts, rows, columns) in memory, and where its rows become lines of the file's tensor."""

    shape: tuple[int, ...]
    segments: tuple[Segment, ...]


def in_memory(family: Architecture, one: ExpectedTensor) -> Iterator[tuple[str, Stack]]:
    """By the names that experts have there."""
    if one.rule.gguf not in IN_MEMORY or len(one.written_shape) != 3:
        return
    stack, number, of = IN_MEMORY[one.rule.gguf]
    for place in _places(one):
        name = f"{place}experts.{stack}"
        count, rows, columns = one.written_shape
        found = tuple(_segments(name, one.written_shape, number, of, family.gguf in IN_TURN))
        yield name, Stack((count, rows * of, columns), found)


def _places(one: ExpectedTensor) -> set[str]:
    names = (form.names[0] for form in one.forms(Layout.HUGGING_FACE))
    found = {match[1] for match in map(EXPERTS.match, names) if match}
    return found | {place.replace(".block_sparse_moe.", ".mlp.") for place in found}


def _segments(name: str, shape: tuple[int, ...], number: int, of: int, in_turn: bool) -> Iterator[Segment]:
    count, rows, columns = shape
    for matrix in range(count):
        first = matrix * of * rows
        begin, step = (first + number, of) if in_turn else (first + number * rows, 1)
        yield Segment(name, begin, rows, columns, matrix * rows, step)
