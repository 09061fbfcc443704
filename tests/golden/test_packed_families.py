"""A tiny model of every family, quantized by mlx-lm: the file holds what MLX decodes, whatever is done to a tensor."""

import numpy as np
import pytest
from gguf.quants import dequantize

from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from tests.golden.digest import digest_gguf
from tests.golden.family_models import family_models, save_decoded, save_mlx, save_published
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

MODELS = {model.name: model for model in family_models()}
# Their ops move columns, of groups that are whole with 32 values and cut with 64
MOVE_WITHIN_ROWS = ("deepseek_v3", "qwen3_5", "qwen3_5_moe")
F32 = PlanOptions(OutputType.F32)


def planned(folder, options=F32):
    plan = prepare_plan(open_checkpoint(with_tokenizer(folder)), options)
    assert plan.can_convert, [finding.what for finding in plan.blockers]
    return plan


@pytest.mark.parametrize(
    ("name", "group_size"), [*((name, 32) for name in MODELS), *((name, 64) for name in MOVE_WITHIN_ROWS)]
)
def test_ops_on_packed_weights_are_ops_on_decoded_values(name, group_size, tmp_path):
    published = save_published(MODELS[name], tmp_path / "published")
    packed = save_mlx(published, tmp_path / "packed", {"group_size": group_size, "bits": 4})
    plain = save_decoded(packed, tmp_path / "plain")
    plan = planned(packed)
    assert any(source.quantization for tensor in plan.tensors for source in tensor.sources)
    planned(packed, PlanOptions())
    ours, expected = (convert(p, tmp_path / f"{i}.gguf").path for i, p in enumerate((plan, planned(plain))))
    found, wanted = QuickReader(ours), QuickReader(expected)
    assert keys_of(found) == keys_of(wanted)
    found, wanted = values_of(found), values_of(wanted)
    assert found.keys() == wanted.keys()
    assert [name for name in wanted if not np.array_equal(found[name], wanted[name])] == []


def keys_of(reader):
    keys = digest_gguf(reader)["keys"]
    del keys["general.file_type"]  # what is packed in MXFP4 keeps its blocks, and names the file
    return keys


def values_of(reader):
    """All tensors as float32."""
    return {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
