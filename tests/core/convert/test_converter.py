"""convert: what was previewed is what is written, the same bytes every time, whole or not at all."""

from functools import cache

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.errors import Cancelled, PlanError
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from app.core.progress import Progress, Stage
from tests.core.convert.edit_folder import plan_of
from tests.planning import make_plan
from tests.quick_reader import QuickReader

FOLDERS = ("tied_folder", "copied_folder", "changed_folder", "quantized_folder")


@pytest.fixture(scope="module")
def plan_for(request):
    """A function: folder, type → the final plan. Each folder is looked at once."""
    prepared = cache(lambda folder: prepare(identify(open_checkpoint(request.getfixturevalue(folder)))))
    return lambda folder, output_type: prepared(folder).plan(PlanOptions(OutputType(output_type)))


@pytest.mark.parametrize("output_type", OutputType)
@pytest.mark.parametrize("folder", FOLDERS)
def test_what_was_previewed_is_what_is_written(folder, output_type, plan_for, target):
    plan = plan_for(folder, output_type)
    written = convert(plan, target)
    assert written.path == target
    assert target.stat().st_size == written.byte_count == plan.byte_count
    reader = QuickReader(target)
    assert [(t.name, tuple(map(int, reversed(t.shape))), t.tensor_type, int(t.n_bytes)) for t in reader.tensors] == [
        (t.name, t.shape, t.type, t.byte_count) for t in plan.tensors
    ]
    assert written_metadata(reader) == planned_metadata(plan)


def written_metadata(reader):
    fields = {key: field for key, field in reader.fields.items() if not key.startswith("GGUF.")}
    return [(key, field.types, field.contents()) for key, field in fields.items()]


def planned_metadata(plan):
    return [
        (
            entry.key,
            [entry.type] if entry.item_type is None else [entry.type, entry.item_type],
            _as_stored(entry.value, entry.item_type or entry.type),
        )
        for entry in plan.metadata
    ]


def _as_stored(value, kind):
    if isinstance(value, tuple):
        return [_as_stored(item, kind) for item in value]
    return float(np.float32(value)) if kind is gguf.GGUFValueType.FLOAT32 else value


@pytest.mark.parametrize("output_type", ["auto", "q8_0"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_number_of_threads_and_time_of_day_do_not_show(folder, output_type, plan_for, target):
    plan = plan_for(folder, output_type)
    files = [target.with_name(f"{number}.gguf") for number in range(4)]
    for file, threads in zip(files, (1, 2, 5, 5), strict=True):
        convert(plan, file, threads=threads)
    assert len({file.read_bytes() for file in files}) == 1


def test_shards_do_not_show(tied_folder, sharded_folder, target):
    data = []
    for folder in (tied_folder, sharded_folder):
        convert(plan_of(folder), target, overwrite=True)
        data.append({t.name: t.data.tobytes() for t in QuickReader(target).tensors})
    assert data[0] == data[1]


@pytest.mark.parametrize("output_type", ["auto", "lossless", "f32", "f16", "q8_0", "q4_k_m", "iq4_xs"])
@pytest.mark.parametrize(
    ("folder", "size"), [("tied_folder", 256 * 37), ("quantized_folder", 256 * 5), ("quantized_folder", 256 * 37)]
)
def test_chunk_boundaries_do_not_show(size, folder, output_type, plan_for, target, small_chunks):
    plan = plan_for(folder, output_type)
    convert(plan, target)
    whole = target.read_bytes()
    calls: list[Progress] = []
    small_chunks(size)
    convert(plan, target, overwrite=True, on_progress=calls.append)
    assert len(calls) == sum(-(-tensor.source.element_count // chunk_of(tensor, size)) for tensor in plan.tensors)
    assert target.read_bytes() == whole


def chunk_of(tensor, size):
    """Codes that stay packed come in larger chunks."""
    return 4 * size if tensor.source.quantization and tensor.type is GGMLQuantizationType.Q4_1 else size


def test_progress_names_tensors_and_adds_up(tied_plan, target):
    calls: list[Progress] = []
    convert(tied_plan, target, on_progress=calls.append)
    total = sum(tensor.byte_count for tensor in tied_plan.tensors)
    assert {call.total for call in calls} == {total}
    assert [call.done for call in calls] == list(np.cumsum([tensor.byte_count for tensor in tied_plan.tensors]))
    assert [call.item for call in calls] == [tensor.name for tensor in tied_plan.tensors]
    assert calls[-1].seconds_left == pytest.approx(0, abs=1e-6)  # no effort was forgotten, and none invented
    assert {call.stage for call in calls} == {Stage.CONVERT}


class Stopper:
    """Says stop, or breaks off, at one call of many."""

    def __init__(self, at, error=None):
        self.left, self.error = at, error

    def __call__(self, *_):
        self.left -= 1
        if self.error is not None and self.left == 0:
            raise self.error
        return self.left <= 0


STOPS = pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids=["first", "middle", "last"])


@STOPS
@pytest.mark.parametrize("threads", [1, 3])
def test_cancelling_leaves_nothing(share, threads, tied_plan, target):
    stopper = Stopper(1 + round(share * (len(tied_plan.tensors) - 1)))
    with pytest.raises(Cancelled):
        convert(tied_plan, target, is_cancelled=stopper, threads=threads)
    assert stopper.left == 0
    assert not list(target.parent.iterdir())


@STOPS
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whatever_breaks_off_leaves_nothing(share, error, tied_plan, target):
    stopper = Stopper(1 + round(share * (len(tied_plan.tensors) - 1)), error())
    with pytest.raises(error):
        convert(tied_plan, target, on_progress=stopper)
    assert not list(target.parent.iterdir())


def test_a_plan_that_is_not_final_is_refused(tied_folder, target):
    with pytest.raises(PlanError, match="not final"):
        convert(make_plan(open_checkpoint(tied_folder)), target)
    assert not list(target.parent.iterdir())
