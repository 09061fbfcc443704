"""Why a file is refused is a text too, and is said in the language of the sentence that it stands in."""

import errno
import gettext
import os
from typing import ClassVar

import pytest

from app.core.checkpoint import open_checkpoint
from app.core.checkpoint.folder import find_folder, open_own
from app.core.checkpoint.json_files import UnreadableJsonError, parse_object
from app.core.checkpoint.quantization import quantization_settings
from app.core.errors import CheckpointError
from app.core.language import Language, find_language
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.system_reasons import USUAL, system_reason
from app.core.text import Text, reason_of
from app.core.tokenizer.read import EMPTY
from app.core.tokenizer.tokenizer_json import TokenizerError, merge_pair
from app.core.tokenizer.try_text import try_text
from tests.expect_finding import STOP, expect_finding
from tests.tiny_checkpoints import RESAVED_TOKENIZER
from tests.vocabulary_by_type import vocabulary_by_type


class German(gettext.NullTranslations):
    """Of one sentence and of what stands in it."""

    KNOWN: ClassVar = {
        "{file} cannot be used: {reason}.": "{file} ist unbrauchbar: {reason}.",
        "it is too short to be a safetensors file": "zu kurz für eine safetensors-Datei",
    }

    def gettext(self, message):
        return self.KNOWN.get(message, message)


def template_of(error):
    said = reason_of(error)
    return said.template if isinstance(said, Text) else said


def test_a_refusal_is_translated_with_its_reason(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"short")
    finding = expect_finding(open_checkpoint(tmp_path).findings, "bad-shard", STOP, "model.safetensors")
    assert Language("de", German())(finding.what) == (
        "model.safetensors ist unbrauchbar: zu kurz für eine safetensors-Datei."
    )


@pytest.mark.parametrize(
    ("read", "what", "template"),
    [
        (parse_object, b"[]", "it is not a JSON object"),
        (
            quantization_settings,
            {"quantization": {"mode": "kquant"}},
            "its mode is kquant, but per_tensor is not an object",
        ),
        (merge_pair, "a b c", "it has a merge that is not understood: {merge!r:.60}"),
    ],
)
def test_reasons_are_texts(read, what, template):
    with pytest.raises((UnreadableJsonError, ValueError, TokenizerError)) as caught:
        read(what)
    assert template_of(caught.value) == template


def test_a_link_that_leads_out_says_so_in_a_text(tmp_path):
    (tmp_path / "outside").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(PermissionError) as caught:
        open_own(tmp_path / "folder" / "link")
    assert isinstance(caught.value.strerror, Text)


def test_what_the_system_says_is_translated_too(tmp_path):
    with pytest.raises(CheckpointError) as caught:
        find_folder(tmp_path / "missing")
    assert caught.value.message == f"{tmp_path / 'missing'} cannot be opened: No such file or directory."
    assert "没有此文件或目录" in find_language(["zh_CN"])(caught.value.message)


def test_what_the_system_says_seldom_stays_as_it_is():
    assert {os.strerror(getattr(errno, name)) for name in ("ENOENT", "EACCES", "ENOSPC", "EISDIR")} <= {
        *map(str, USUAL)
    }
    assert system_reason(OSError(errno.EXDEV, "Something rare")) == "Something rare"
    assert system_reason(OSError("a word of a library")) == "a word of a library"


@pytest.mark.parametrize(
    ("task", "asked", "template"),
    [
        ("encode", {"texts": ["a"]}, "it cannot be used: {details}"),
        ("render", {"template": "{% if %}", "variables": {}}, "it fails with: {details}"),
    ],
)
def test_what_a_child_answers_becomes_a_text(task, asked, template):
    with pytest.raises(SandboxError) as caught:
        run_in_sandbox(task, asked, seconds=60)
    assert template_of(caught.value) == template


def test_a_tokenizer_that_has_gone_is_missing(tmp_path):
    (tmp_path / "tokenizer.json").write_bytes((RESAVED_TOKENIZER / "tokenizer.json").read_bytes())
    checkpoint = open_checkpoint(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError) as caught:
        try_text(checkpoint, EMPTY, "a")
    assert caught.value.message == "tokenizer.json cannot tokenize this text: it is missing."
    finding = expect_finding(vocabulary_by_type(checkpoint, 4).findings, "bad-tokenizer", STOP, "tokenizer.json")
    assert finding.what == "The tokenizer in tokenizer.json cannot be used: it is missing."
