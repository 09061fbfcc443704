"""What was chosen for a file is chosen once more by Again."""

from dataclasses import replace

import pytest
from gguf import GGMLQuantizationType

from app.core.architectures import Layout
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.errors import PlanError
from app.core.ggml_types import OutputType
from app.core.model.identify import identify
from app.core.plan import HeadChoice, PlanOptions
from app.core.plan.header.edited import parse_entry
from app.core.plan.types.tensor_choices import TensorChoice
from app.ui.history.finished_file import UsedOptions, finished_file, plan_options, used_options
from tests.ui.history.finished import NOON, finished


def test_options_come_back():
    options = PlanOptions(
        output_type=OutputType.Q4_K_M,
        head=HeadChoice.KEEP,
        layout=Layout.MLX,
        tensor_types=(TensorChoice("^blk", GGMLQuantizationType.Q8_0),),
        name="Mine",
        pre_tokenizer="qwen2",
        metadata=(parse_entry("author=Me"), parse_entry("tags=a, b"), parse_entry("license=")),
        split_max_size=1000,
    )
    assert plan_options(used_options(options)) == options
    assert plan_options(used_options(PlanOptions())) == PlanOptions()


@pytest.mark.parametrize("used", [UsedOptions(output_type="q1"), UsedOptions(head="x"), UsedOptions(layout="x")])
def test_options_of_another_version(used):
    with pytest.raises(PlanError, match="not known here"):
        plan_options(used)


def test_what_is_remembered_of_a_conversion(tied_folder, tmp_path):
    prepared = prepare(identify(open_checkpoint(tied_folder)))
    plan = prepared.plan(PlanOptions(output_type=OutputType.Q8_0))
    found = finished_file(convert(plan, tmp_path / "a.gguf"), prepared, plan, NOON)
    assert (found.source, found.source_name, found.type_name) == (tied_folder, tied_folder.name, "Q8_0")
    assert (found.path, found.finished_at, found.options.output_type) == (tmp_path / "a.gguf", NOON, "q8_0")
    assert found.is_there


def test_a_file_that_went_away(tmp_path):
    one = finished(tmp_path)
    assert one.is_there
    assert not replace(one, byte_count=99).is_there
    one.path.unlink()
    assert not one.is_there
