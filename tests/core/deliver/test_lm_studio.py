"""A file on its way into LM Studio's folder: where it goes, and what may be in its way."""

import json
import os
import shutil
from pathlib import Path

import pytest

from app.core.deliver import arrival, clone
from app.core.deliver.arrival import Way
from app.core.deliver.lm_studio import LmStudioPlace, deliver_to_lm_studio, model_folder_made
from app.core.errors import Cancelled, CheckpointError, ConversionError, DeliveryError, TargetError
from app.core.progress import Progress, Stage
from tests.core.deliver.finished_file import finished_file

MINE = LmStudioPlace("me", "my-model")


@pytest.fixture(autouse=True)
def links(monkeypatch):
    """A disk with links and without clones, as that of the tests may be or not."""
    monkeypatch.setattr(arrival, "SHARING", ((Way.LINK, os.link),))


@pytest.fixture
def must_copy(links, monkeypatch):
    """A disk without clones and links."""
    monkeypatch.setattr(arrival, "SHARING", ())
    monkeypatch.setattr(arrival, "PIECE", 1024)


def contents(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_it_lies_two_levels_deep_and_shares_its_bytes(file, models):
    found = deliver_to_lm_studio(file, MINE)
    assert found.path == models / "me" / "my-model" / file.name
    assert (found.way, found.byte_count) == (Way.LINK, file.stat().st_size)
    assert found.path.samefile(file)
    assert contents(models) == ["me", "me/my-model", f"me/my-model/{file.name}"]


def test_a_clone_is_preferred(file, models, monkeypatch):
    monkeypatch.setattr(arrival, "SHARING", ((Way.CLONE, shutil.copyfile), (Way.LINK, os.link)))
    found = deliver_to_lm_studio(file, MINE)
    assert found.way is Way.CLONE
    assert found.path.read_bytes() == file.read_bytes()
    assert not found.path.samefile(file)


def test_a_disk_that_cannot_clone_says_so_and_keeps_nothing(file, tmp_path):
    """The tests' disk, unless it can."""
    try:
        clone.clone(file, tmp_path / "clone")
    except OSError:
        assert not (tmp_path / "clone").exists()
    else:
        assert (tmp_path / "clone").read_bytes() == file.read_bytes()


def test_names_are_the_users_and_the_files_without_its_type(file, models):
    """lms src/subcommands/importCmd.ts (05bced0): getDefaultUserName, autoNameRepo."""
    assert deliver_to_lm_studio(file).path.parent == models / "somebody" / "my-model"


def test_a_second_file_of_the_model_joins_its_folder(file, models):
    other = finished_file(file.with_name("my-model-BF16.gguf"))
    assert {deliver_to_lm_studio(one).path.parent for one in (file, other)} == {models / "somebody" / "my-model"}
    assert contents(models / "somebody" / "my-model") == [other.name, file.name]


HOSTILE = {
    "..": "model",
    "../../etc": "-..-etc",
    "/etc/passwd": "-etc-passwd",
    ".hidden": "hidden",
    'a\\b:c*d?e|f<g>h"i': "a-b-c-d-e-f-g-h-i",
    "line\nbreak\0": "line-break-",
    " name. ": "name",
    "   ": "model",
    "x" * 300: "x" * 100,
    "模" * 100: "模" * 85,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_folder(name, file, models):
    """lms isValidFolderName says which names LM Studio takes."""
    path = deliver_to_lm_studio(file, LmStudioPlace(name, name)).path
    assert path == models / HOSTILE[name] / HOSTILE[name] / file.name
    assert path.is_file()


def test_the_folder_that_the_settings_name(file, home, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (home / ".lmstudio" / "settings.json").write_text(json.dumps({"downloadsFolder": str(tmp_path / "elsewhere")}))
    assert deliver_to_lm_studio(file, MINE).path == tmp_path / "elsewhere" / "me" / "my-model" / file.name


@pytest.mark.parametrize("place", ["Volumes/Disk/models", "Disk"])
def test_a_disk_that_is_away_is_not_stood_in_for(place, file, home, tmp_path):
    away = tmp_path / place
    (home / ".lmstudio" / "settings.json").write_text(json.dumps({"downloadsFolder": str(away)}))
    with pytest.raises(TargetError, match="cannot be reached"):
        deliver_to_lm_studio(file, MINE)
    assert not (tmp_path / Path(place).parts[0]).exists()


def test_a_link_to_a_disk_that_is_away(file, models, tmp_path):
    models.symlink_to(tmp_path / "Disk")
    with pytest.raises(TargetError, match="cannot be reached"):
        deliver_to_lm_studio(file, MINE)
    (tmp_path / "Disk").mkdir()
    assert (tmp_path / "Disk" / "me" / "my-model" / file.name).samefile(deliver_to_lm_studio(file, MINE).path)


def test_without_lm_studio(file, home):
    (home / ".lmstudio").rmdir()
    with pytest.raises(TargetError, match="LM Studio was not found"):
        deliver_to_lm_studio(file, MINE)
    assert not (home / ".lmstudio").exists()


def test_nothing_is_overwritten_unasked(file, models):
    other = finished_file(models / "me" / "my-model" / file.name, value=2)
    before = other.read_bytes()
    with pytest.raises(TargetError, match="already exists"):
        deliver_to_lm_studio(file, MINE)
    assert other.read_bytes() == before
    assert deliver_to_lm_studio(file, MINE, overwrite=True).path.read_bytes() == file.read_bytes()
    assert contents(models / "me" / "my-model") == [file.name]


def test_what_is_there_already_is_no_obstacle(file):
    first = deliver_to_lm_studio(file, MINE)
    assert deliver_to_lm_studio(file, MINE).way is Way.THERE
    assert deliver_to_lm_studio(first.path, MINE, move=True).way is Way.THERE
    assert file.is_file()


def test_a_link_is_not_replaced(file, models, tmp_path):
    (models / "me" / "my-model").mkdir(parents=True)
    (models / "me" / "my-model" / file.name).symlink_to(finished_file(tmp_path / "precious.gguf", value=2))
    with pytest.raises(TargetError, match="is a link"):
        deliver_to_lm_studio(file, MINE, overwrite=True)


def test_a_file_of_the_folders_name(file, models):
    models.mkdir()
    (models / "me").write_text("mine")
    with pytest.raises(TargetError, match="cannot be written"):
        deliver_to_lm_studio(file, MINE)
    assert (models / "me").read_text() == "mine"


def test_moved(file):
    found = deliver_to_lm_studio(file, MINE, move=True)
    assert (found.way, found.path.is_file(), file.exists()) == (Way.MOVE, True, False)


def test_moved_to_another_disk(file, must_copy, monkeypatch):
    monkeypatch.setattr(arrival, "_moved", lambda *_: None)
    content = file.read_bytes()
    found = deliver_to_lm_studio(file, MINE, move=True)
    assert (found.way, found.path.read_bytes(), file.exists()) == (Way.MOVE, content, False)


def test_a_link_is_followed_but_not_moved(file, tmp_path):
    """A snapshot of the Hugging Face cache is links to its blobs."""
    link = tmp_path / "my-model-F16.gguf"
    link.symlink_to(file)
    assert not deliver_to_lm_studio(link, MINE).path.is_symlink()
    with pytest.raises(TargetError, match="is a link"):
        deliver_to_lm_studio(link, LmStudioPlace("other", "model"), move=True)


def test_a_copy_is_told_of_as_it_grows(file, models, must_copy):
    seen: list[Progress] = []
    found = deliver_to_lm_studio(file, MINE, on_progress=seen.append)
    assert found.way is Way.COPY
    assert found.path.read_bytes() == file.read_bytes()
    assert {one.stage for one in seen} == {Stage.COPY}
    assert len(seen) > 3
    assert (seen[-1].done, seen[-1].total) == (file.stat().st_size, file.stat().st_size)
    assert contents(models / "me") == ["my-model", f"my-model/{file.name}"]


def test_a_copy_can_be_cancelled_and_leaves_nothing(file, models, must_copy):
    with pytest.raises(Cancelled):
        deliver_to_lm_studio(file, MINE, is_cancelled=lambda: True)
    assert not models.exists()


def test_a_folder_that_was_there_stays(file, models, must_copy):
    finished_file(models / "me" / "other" / "other.gguf")
    with pytest.raises(Cancelled):
        deliver_to_lm_studio(file, MINE, is_cancelled=lambda: True)
    assert contents(models) == ["me", "me/other", "me/other/other.gguf"]


def test_too_little_room_is_said_before_the_copy(file, models, must_copy, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(TargetError, match="too little space"):
        deliver_to_lm_studio(file, MINE, on_progress=lambda _: pytest.fail("was copied"))
    assert not models.exists()


def test_a_file_that_changes_meanwhile(file, models, must_copy):
    with pytest.raises(ConversionError, match="changed while"):
        deliver_to_lm_studio(file, MINE, on_progress=lambda _: os.utime(file, (0, 0)))
    assert not models.exists()


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_a_file_that_is_not_whole_is_refused(length, file, models):
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(CheckpointError, match="cannot be read"):
        deliver_to_lm_studio(file, MINE)
    assert not models.exists()


def test_a_name_that_lm_studio_would_not_find(file):
    other = file.rename(file.with_suffix(".bin"))
    with pytest.raises(TargetError, match=r"end in \.gguf"):
        deliver_to_lm_studio(other, MINE)


@pytest.fixture
def parts(tmp_path):
    """llama.cpp src/llama.cpp, llama_split_path, names them so."""
    names = [f"my-model-Q8_0-{number:05d}-of-00003.gguf" for number in (1, 2, 3)]
    return [finished_file(tmp_path / "mine" / name, value) for value, name in enumerate(names)]


@pytest.mark.parametrize("which", [0, 2])
@pytest.mark.parametrize("is_copied", [False, True])
def test_with_one_part_all_come(which, is_copied, parts, models, request):
    if is_copied:
        request.getfixturevalue("must_copy")
    seen: list[Progress] = []
    found = deliver_to_lm_studio(parts[which], on_progress=seen.append)
    folder = models / "somebody" / "my-model"
    total = sum(part.stat().st_size for part in parts)
    assert (found.path, found.byte_count) == (folder / parts[0].name, total)
    assert [(folder / part.name).read_bytes() for part in parts] == [part.read_bytes() for part in parts]
    if is_copied:
        assert (seen[-1].done, seen[-1].total) == (total, total)


def test_the_first_part_comes_last_and_none_alone(parts, models, must_copy):
    def fail_at_the_first(progress):
        if progress.item == parts[0].name:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_to_lm_studio(parts[0], on_progress=fail_at_the_first)
    assert not models.exists()
    assert all(part.is_file() for part in parts)


def test_room_for_all_parts(parts, models, must_copy, monkeypatch):
    size = parts[0].stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9 * size, 6 * size, 3 * size - 1))
    with pytest.raises(TargetError, match="too little space"):
        deliver_to_lm_studio(parts[0], on_progress=lambda _: pytest.fail("was copied"))


def test_parts_are_moved_together(parts, models):
    assert deliver_to_lm_studio(parts[1], move=True).way is Way.MOVE
    assert not any(part.exists() for part in parts)
    again = models / "somebody" / "my-model" / parts[0].name
    assert deliver_to_lm_studio(again, move=True).way is Way.THERE
    assert len(list(again.parent.iterdir())) == 3


@pytest.mark.parametrize("content", [None, b"", b"half"])
def test_a_part_that_is_missing_or_no_part(content, parts, models):
    parts[1].unlink()
    if content is not None:
        parts[1].write_bytes(content)
    with pytest.raises((CheckpointError, DeliveryError), match=parts[1].name):
        deliver_to_lm_studio(parts[0])
    assert not models.exists()


def test_a_file_may_be_written_right_there(models, tmp_path):
    folder = models / "me" / "mine"
    with model_folder_made(folder):
        assert folder.is_dir()
    assert not models.exists()
    with model_folder_made(folder):
        (folder / "a.gguf").touch()
    assert (folder / "a.gguf").exists()
    with model_folder_made(tmp_path / "away" / "disk"):
        assert not (tmp_path / "away").exists()
