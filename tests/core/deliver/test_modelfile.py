"""A Modelfile says to Ollama what the REST interface is told."""

import shutil
from dataclasses import replace

import pytest

from app.core.deliver.model_file import read_model_file
from app.core.deliver.modelfile import modelfile, quoted, write_modelfile
from app.core.errors import DeliveryError, TargetError


def test_it_lies_beside_its_file(gguf):
    written = write_modelfile(replace(read_model_file(gguf), license="apache-2.0"), "Be brief.\nBe kind.")
    assert written == gguf.with_name("Tiny Gemma-BF16.Modelfile")
    assert written.read_text() == (
        'FROM ./Tiny Gemma-BF16.gguf\nPARAMETER stop "<eos>"\nPARAMETER stop "<end_of_turn>"\n'
        'SYSTEM """Be brief.\nBe kind."""\nLICENSE "apache-2.0"\n'
    )


def test_it_has_no_template(gguf):
    assert "TEMPLATE" not in modelfile(read_model_file(gguf), "x")


def test_one_that_exists_is_replaced_only_if_asked(gguf):
    file = read_model_file(gguf)
    written = write_modelfile(file)
    with pytest.raises(TargetError, match="already exists"):
        write_modelfile(file, "new")
    assert "new" in write_modelfile(file, "new", overwrite=True).read_text()
    assert written.read_text().endswith('SYSTEM "new"\n')


def test_parts_are_a_pattern(gguf, tmp_path):
    for number in (1, 2):
        shutil.copy(gguf, tmp_path / f"tiny-{number:05d}-of-00002.gguf")
    written = write_modelfile(read_model_file(tmp_path / "tiny-00001-of-00002.gguf"))
    assert written.name == "tiny.Modelfile"
    assert written.read_text().startswith("FROM ./tiny-*.gguf\n")


def unquote(said):
    """parser/parser.go, unquote."""
    if said.startswith('"""'):
        return said[3:-3] if len(said) >= 6 and said.endswith('"""') else None
    if said.startswith('"'):
        return said[1:-1] if len(said) >= 2 and said.endswith('"') else None
    return said


@pytest.mark.parametrize("said", ["a", " a ", 'say "a" now', '"a" b', "two\nlines", "<|im_end|>", "it's", "\ttab"])
def test_a_value_is_read_as_it_was(said):
    assert unquote(quoted(said)) == said


@pytest.mark.parametrize("said", ['a """ b', 'he said "a"'])
def test_what_it_cannot_hold_is_refused(said):
    with pytest.raises(DeliveryError, match="quotation marks"):
        quoted(said)


def test_a_name_that_does_not_print_is_refused(gguf, tmp_path):
    with pytest.raises(DeliveryError, match="cannot name"):
        modelfile(read_model_file(shutil.copy(gguf, tmp_path / "a\nb.gguf")))
