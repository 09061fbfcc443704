"""A section of models.user.ini names the file; every other byte of the settings stays."""

import os
import shutil

import pytest

from app.core.deliver.llama_app import add_to_llama_app, llama_app_settings, usual_section
from app.core.deliver.model_file import read_model_file
from app.core.errors import DeliveryError

# As Llama.app seeds it (UserModelOverrides.swift, template), and somebody has gone on
SETTINGS = """\
; Custom settings for your models, applied on top of the ones the app picks.
;
;   [ggml-org/gemma-4-E4B-it-GGUF:Q8_0]
;   temp = 0.7

[ggml-org/gemma-4-E4B-it-GGUF:Q8_0]   ; the one I use
temp = 0.7
chat-template-kwargs = {"a": "b=c"}

# mine
[me/other:Q8_0]
model=/old/place.gguf # moved
ctx-size = 1024
"""


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = llama_app_settings()
    assert path == tmp_path / "home" / ".config" / "llama" / "models.user.ini"
    return path


def write(settings, content, newline="\n"):
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_bytes(content.replace("\n", newline).encode())


def test_without_settings_they_are_begun(settings, gguf):
    found = add_to_llama_app(read_model_file(gguf))
    assert (found.name, found.settings, found.is_new) == ("me/Tiny-Gemma:BF16", settings, True)
    assert settings.read_text() == f"[me/Tiny-Gemma:BF16]\nmodel = {gguf}\n"
    assert [one.name for one in settings.parent.iterdir()] == ["models.user.ini"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n", "x"])
def test_what_is_there_stays(settings, gguf, newline, end):
    before = SETTINGS[:-1] if end == "x" else SETTINGS + end
    write(settings, before, newline)
    add_to_llama_app(read_model_file(gguf))
    after = settings.read_bytes().decode()
    assert after.startswith(before.replace("\n", newline))
    added = after[len(before.replace("\n", newline)) :].replace(newline, "\n")
    assert added.lstrip("\n") == f"[me/Tiny-Gemma:BF16]\nmodel = {gguf}\n"
    assert after.replace("\r\n", "").count("\n" if newline == "\r\n" else "\r") == 0


def test_the_same_file_again_changes_nothing(settings, gguf):
    write(settings, SETTINGS)
    add_to_llama_app(read_model_file(gguf))
    before, time = settings.read_bytes(), settings.stat().st_mtime_ns
    assert not add_to_llama_app(read_model_file(gguf)).is_new
    assert (settings.read_bytes(), settings.stat().st_mtime_ns) == (before, time)


def test_a_name_that_is_taken_is_replaced_only_if_asked(settings, gguf):
    write(settings, SETTINGS)
    with pytest.raises(DeliveryError, match="Llama already has a model named me/other:Q8_0"):
        add_to_llama_app(read_model_file(gguf), "me/other:Q8_0")
    assert settings.read_text() == SETTINGS
    add_to_llama_app(read_model_file(gguf), "me/other:Q8_0", overwrite=True)
    assert settings.read_text() == SETTINGS.replace("/old/place.gguf", str(gguf))


def test_a_section_without_a_model_gets_one(settings, gguf):
    write(settings, SETTINGS)
    add_to_llama_app(read_model_file(gguf), "ggml-org/gemma-4-E4B-it-GGUF:Q8_0", overwrite=True)
    header = "[ggml-org/gemma-4-E4B-it-GGUF:Q8_0]   ; the one I use\n"
    assert settings.read_text() == SETTINGS.replace(header, f"{header}model = {gguf}\n")


def test_a_link_stays_a_link_and_permissions_stay(settings, gguf, tmp_path):
    real = tmp_path / "dotfiles.ini"
    real.write_text(SETTINGS)
    real.chmod(0o600)
    settings.parent.mkdir(parents=True)
    settings.symlink_to(real)
    add_to_llama_app(read_model_file(gguf))
    assert settings.is_symlink()
    assert str(gguf) in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"\xff\xfe[\x00", b"[a]\nx = \xe4\n", b";" * ((1 << 22) + 1)])
def test_settings_that_llama_cannot_read_are_left_alone(settings, gguf, content):
    settings.parent.mkdir(parents=True)
    settings.write_bytes(content)
    with pytest.raises(DeliveryError, match="cannot be read"):
        add_to_llama_app(read_model_file(gguf))
    assert settings.read_bytes() == content


@pytest.mark.parametrize("name", ["a;b.gguf", "a #b.gguf", "a\nb.gguf"])
def test_a_path_that_the_settings_cannot_hold(settings, gguf, name):
    """llama.cpp common/preset.cpp: a value ends before a ; or #."""
    with pytest.raises(DeliveryError, match="cannot hold the path"):
        add_to_llama_app(read_model_file(shutil.copy(gguf, gguf.with_name(name))))
    assert not settings.exists()


@pytest.mark.parametrize("name", ["a]b", "a\nb", " a", "a ", "[a", "a;b", "*"])
def test_a_name_that_the_settings_cannot_hold(settings, gguf, name):
    with pytest.raises(DeliveryError, match="cannot be the name of a model in Llama's settings"):
        add_to_llama_app(read_model_file(gguf), name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(settings, gguf, tmp_path):
    (tmp_path / "home").mkdir(mode=0o500)
    with pytest.raises(DeliveryError, match="cannot be written"):
        add_to_llama_app(read_model_file(gguf))


def test_the_usual_name_has_only_what_a_section_may_have(gguf):
    copy = shutil.copy(gguf, gguf.with_name("a] [b (1)-BF16.gguf"))
    assert usual_section(read_model_file(copy)) == "me/a-b-1:BF16"
