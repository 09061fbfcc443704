"""`adapter` on the command line: the file, the words about it, and refusals that say what to do instead."""

import shutil

import pytest

from tests.adapters import save_mlx_adapter


@pytest.fixture(scope="module")
def adapter(tied_folder, tmp_path_factory):
    return save_mlx_adapter(tied_folder, tmp_path_factory.mktemp("adapters") / "tuned")


def test_a_file_of_its_own(adapter, tied_folder, run, tmp_path):
    target = tmp_path / "tuned.gguf"
    code, out, err = run("adapter", adapter, "--base", tied_folder, "-o", target, "--type", "f16")
    assert (code, err) == (0, "")
    assert f"Wrote {target}" in out
    assert f"llama-cli -m BASE.gguf --lora {target}" in out
    assert target.read_bytes()[:4] == b"GGUF"


def test_its_name_unless_another_is_chosen(adapter, run, tmp_path):
    folder = tmp_path / "here" / "tuned"
    shutil.copytree(adapter, folder)
    assert run("adapter", folder)[0] == 0
    assert run("adapter", folder, "-o", tmp_path, "--type", "bf16")[0] == 0
    assert [path.name for path in folder.parent.glob("*.gguf")] == ["tuned-lora-F32.gguf"]
    assert [path.name for path in tmp_path.glob("*.gguf")] == ["tuned-lora-BF16.gguf"]


def test_a_refusal_names_the_command_that_does_it(tied_folder, run, tmp_path):
    folder = save_mlx_adapter(tied_folder, tmp_path / "tuned", "dora")
    code, out, err = run("adapter", folder, "-o", tmp_path / "x.gguf")
    assert (code, out) == (1, "")
    assert "cannot be written as LoRA, because DoRA" in err
    assert "mlx-ferry convert" in err
    assert not list(tmp_path.glob("*.gguf*"))


def test_blocks_are_no_type_of_an_adapter(adapter, run):
    assert run("adapter", adapter, "--type", "q8_0")[0] == 2
