"""What was trained beside one form of a tensor, cut to the tensors of another form: by the lines that both become."""

from collections.abc import Iterator, Mapping, Sequence

from app.core.checkpoint import ModelTensor
from app.core.checkpoint.checkpoint_values import LowRank
from app.core.model.segments import Segment
from app.core.model.trained import NotLowRankError, Trained


def shared(
    change: Trained, ones: Sequence[Segment], held: Sequence[Segment], by_name: Mapping[str, ModelTensor]
) -> Iterator[tuple[str, LowRank]]:
    """For every stretch of lines that both have: the tensor of the model, and what is added to its rows.

    `ones` are segments of what was trained, `held` those of the model, by line. Raises NotLowRankError.
    """
    place = 0
    for one in ones:
        while place and held[place - 1].end > one.line:
            place -= 1
        while place < len(held) and held[place].line < one.end:
            base = held[place]
            if base.end > one.line:
                yield from _cut(change, one, base, by_name[base.name])
            place += 1


def _cut(change: Trained, one: Segment, base: Segment, tensor: ModelTensor) -> Iterator[tuple[str, LowRank]]:
    begin, end = max(one.line, base.line), min(one.end, base.end)
    turns = one.is_turned != base.is_turned
    if any(segment.is_turned and (segment.line, segment.end) != (begin, end) for segment in (one, base)):
        raise NotLowRankError  # a part of the columns
    row, count = (one.row, one.count) if one.is_turned else (one.row + (begin - one.line) * one.step, end - begin)
    at = base.row if base.is_turned else base.row + begin - base.line
    if not turns and at == 0 and one.step == 1 and tensor.element_count == count * base.columns:
        yield base.name, change.whole(row)
        return
    for done, part in change.cut(row, count, one.step):
        if turns and part.row_count != count:
            raise NotLowRankError  # several matrices in one
        yield base.name, part.turned().whole(-at) if turns else part.whole(-(at + done))
