"""modules.json and the folders it names, as sentence-transformers writes them and as they come from anywhere."""

import json

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.sentence_modules import Pooling, SentenceModules, read_sentence_modules
from app.core.findings import Finding
from tests.core.checkpoint.written_by_hand import entry, write_safetensors
from tests.expect_finding import WARNING, expect_finding

IDENTITY = "torch.nn.modules.linear.Identity"


def write(folder, name, content):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


def write_modules(folder, *modules):
    """Kinds and paths, as sentence-transformers has them."""
    listed = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(modules)
    ]
    write(folder, "modules.json", listed)


def read(folder):
    findings: list[Finding] = []
    found = read_sentence_modules(folder, findings)
    assert findings == []
    return found


@pytest.mark.parametrize(
    ("settings", "pooling", "other"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, Pooling.MEAN, ""),
        ({"pooling_mode_cls_token": True}, Pooling.CLS, ""),
        ({"pooling_mode_lasttoken": True, "include_prompt": True}, Pooling.LAST, ""),
        ({"pooling_mode": "lasttoken"}, Pooling.LAST, ""),
        ({"pooling_mode_max_tokens": True}, None, "max"),
        ({"pooling_mode": "weightedmean"}, None, "weightedmean"),
        # they are put one after the other; llama.cpp's converter silently takes the first
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True}, None, "mean + max"),
        ({"pooling_mode": ["mean", "cls"]}, None, "mean + cls"),
        ({}, None, ""),
    ],
)
def test_pooling(settings, pooling, other, tmp_path):
    write_modules(tmp_path, ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))
    write(tmp_path, "1_Pooling/config.json", settings)
    assert read(tmp_path) == SentenceModules(True, pooling, other)


def test_the_usual_folder_without_modules_json(tmp_path):
    write(tmp_path, "1_Pooling/config.json", {"pooling_mode_lasttoken": True})
    assert read(tmp_path).pooling is Pooling.LAST


def test_modules_json_alone_leaves_pooling_open(tmp_path):
    write_modules(tmp_path, ("Transformer", ""), ("Pooling", "1_Pooling"))
    assert read(tmp_path) == SentenceModules(has_pooling=True)


def test_no_modules(tmp_path):
    assert read(tmp_path) == SentenceModules()


@pytest.mark.parametrize(
    ("settings", "is_odd"),
    [
        ({"bias": False, "activation_function": IDENTITY}, False),
        ({"bias": True, "activation_function": IDENTITY}, True),
        ({"bias": False, "activation_function": "torch.nn.modules.activation.Tanh"}, True),
    ],
)
def test_a_dense_layer_is_a_matrix_or_more(settings, is_odd, folder):
    write_modules(folder, ("Transformer", ""), ("Dense", "2_Dense"))
    write(folder, "2_Dense/config.json", settings)
    write_safetensors(folder / "2_Dense" / "model.safetensors", {"linear.weight": entry()}, 16)
    modules = read(folder)
    assert (modules.dense, modules.odd_dense) == (("2_Dense",), ("2_Dense",) if is_odd else ())
    names = [tensor.name for tensor in open_checkpoint(folder).module_tensors]
    assert names == ([] if is_odd else ["2_Dense.linear.weight"])


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[" * 100_000,
        '{"type": "Pooling"}',
        json.dumps([{"type": "x.Transformer", "path": ""}] * 100),
        json.dumps([{"type": "x.Pooling", "path": "../elsewhere"}]),
        json.dumps([{"type": "x.Dense", "path": "/etc"}]),
        json.dumps([{"type": "x.Dense", "path": ""}]),
    ],
)
def test_modules_that_cannot_be_used_are_a_warning(content, tmp_path):
    write(tmp_path, "modules.json", content)
    findings: list[Finding] = []
    assert read_sentence_modules(tmp_path, findings) == SentenceModules()
    expect_finding(findings, "bad-modules", WARNING, "modules.json")


@pytest.mark.parametrize("content", ["[1, null, {}]", '[{"type": 1, "path": "1_Pooling"}]', '[{"type": "x.Pooling"}]'])
def test_strange_modules_are_passed_over(content, tmp_path):
    write(tmp_path, "modules.json", content)
    assert read(tmp_path) == SentenceModules()


def test_a_module_that_is_a_link_out_of_the_folder_is_not_followed(folder, tmp_path):
    outside = tmp_path / "outside"
    write(tmp_path, "outside/config.json", {"pooling_mode_lasttoken": True})
    (folder / "1_Pooling").symlink_to(outside)
    write_modules(folder, ("Pooling", "1_Pooling"))
    findings: list[Finding] = []
    assert read_sentence_modules(folder, findings) == SentenceModules()
    expect_finding(findings, "bad-modules", WARNING, "modules.json")
