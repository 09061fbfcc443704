"""Each tensor is read in the form that the folder has: mixtures become the same file as what mlx-lm saves."""

from itertools import product

import pytest

from app.core.architectures import Layout
from app.core.checkpoint import open_checkpoint
from app.core.convert import prepare_plan
from app.core.findings import Severity
from app.core.model.identify import identify
from app.core.plan import PlanOptions
from tests.core.plan.in_memory import checkpoint, tensor
from tests.expect_finding import expect_finding
from tests.golden.convert_folder import convert_folder
from tests.golden.digest import digest_gguf
from tests.golden.family_models import FamilyModel, family_models, save_mlx, save_published
from tests.golden.mixtures import as_mlx_loads, differs, mixed
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import with_tokenizer

MLX, HUGGING_FACE = Layout
# mlx-lm asks the first layer what all of them are, and stops where others differ
FIRST_LAYER_TELLS = ("granitemoe", "hunyuan", "mellum", "minimax_m2", "mixtral", "olmoe", "phimoe", "qwen2_moe")


def differing(model):
    """The layers in which mlx-lm has other names, and whether what is published there is read."""
    source = model.data["source"].items()
    folder = checkpoint([tensor(name, *shape) for name, (_, shape, *_) in source], model.config, saved_by_mlx=False)
    found = identify(folder)
    assert found.family is not None
    return [one.layer.index for one in found.expected if differs(one)], found.family.converts_huggingface


FOUND = {model.name: differing(model) for model in family_models()}
MIXED = {name: layers for name, (layers, is_read) in FOUND.items() if layers and is_read}
REFUSED = [name for name, (layers, is_read) in FOUND.items() if layers and not is_read]


@pytest.fixture(scope="module")
def folders_of(tmp_path_factory):
    """The published folder and the one that mlx-lm saves, once."""
    root, made = tmp_path_factory.mktemp("mixtures"), {}

    def folders(name):
        if name not in made:
            published = save_published(FamilyModel(name), root / "published" / name)
            made[name] = with_tokenizer(published), with_tokenizer(save_mlx(published, root / name))
        return made[name]

    return folders


def tensors_of(folder, target):
    target.mkdir()
    (file,) = convert_folder(folder, ["bf16"], target)
    return digest_gguf(QuickReader(file))["tensors"]


@pytest.mark.parametrize(("name", "base"), [case for case in product(MIXED, Layout) if case != ("step3p5", MLX)])
def test_every_other_layer_in_the_other_layout(name, base, folders_of, tmp_path):
    published, saved = folders_of(name)
    first, second = (saved, published) if base is MLX else (published, saved)
    layout, parity = next(each for each in Layout if each is not base), MIXED[name][0] % 2
    folder = mixed(first, second, tmp_path / "mixed", layout, lambda one: one.layer.index % 2 == parity)
    assert tensors_of(folder, tmp_path / "mixture") == tensors_of(saved, tmp_path / "usual")
    if name.startswith(FIRST_LAYER_TELLS) or (name, base) == ("qwen3_next", MLX):  # and adds 1 to the norms once more
        return
    assert as_mlx_loads(folder) == as_mlx_loads(saved)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_as_published_is_refused_in_a_mixture_too(name, folders_of, tmp_path):
    published, saved = folders_of(name)
    folder = mixed(saved, published, tmp_path / "mixed", HUGGING_FACE, lambda one: "down" in one.rule.gguf)
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    assert [finding.code for finding in plan.blockers] == ["published-layout"]
    assert plan.layout is MLX


def test_a_mixture_names_a_tensor_that_is_arranged_otherwise(folders_of, tmp_path):
    published, saved = folders_of("qwen3_5_moe")
    folder = mixed(saved, published, tmp_path / "mixed", HUGGING_FACE, lambda _: True)
    plan = prepare_plan(open_checkpoint(folder), PlanOptions())
    note = expect_finding(plan.findings, "layout", Severity.INFO)
    assert plan.layout is MLX
    assert "layers.0.mlp.experts.gate_up_proj is arranged otherwise" in note.meaning
