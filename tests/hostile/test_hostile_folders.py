"""Folders that lie, end to end: refused with a reason, or turned into a file that holds what the plan says.

Every example walks the whole road (open, vocabulary, look, plan, convert) and is watched on it: tests/hostile/road.py.
`--hypothesis-profile=default` looks for other examples, with `--hypothesis-seed=7` for those of a seed. What is written
is loaded by llama.cpp, which computes a token with it.
"""

import json
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.core.checkpoint.shard_index import INDEX
from app.core.verify.engines import EngineKind
from tests.damage import VALUES, damaged_bytes, damaged_json
from tests.engines.ask import Engine
from tests.hostile.damaged_headers import damaged_shard
from tests.hostile.damaged_settings import damaged_config, damaged_index
from tests.hostile.damaged_tokenizers import damaged_tokenizer
from tests.hostile.foreign_links import foreign_place, put_link
from tests.hostile.harmless import harmless_changes
from tests.hostile.road import edit, walk
from tests.hostile.sound_folders import MAKERS, make_all, shards
from tests.remembered_children import remembered_children

TOKENIZERS = ("tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json", "tokenizer.model", "tokenizer.jsonl")
SECRET = "the secret of another folder"

folders_of = st.sampled_from(list(MAKERS))


@pytest.fixture(scope="module", autouse=True)
def each_task_once():
    """Errors too, which the same damage gives again."""
    with remembered_children(with_errors=True):
        yield


class Place:
    """Sound folders, a copy of each to damage, and where files are written."""

    def __init__(self, root: Path, llama_cpp: Engine) -> None:
        self.sound = make_all(root / "sound")
        self._copies = root / "copies"
        shutil.copytree(root / "sound", self._copies)
        (root / "written").mkdir()
        self.target = root / "written" / "model.gguf"
        self.outside = root / "copies" / "outside"
        shutil.copytree(self.sound["gemma3"], self.outside)
        (self.outside / "secret.txt").write_text(SECRET)
        (self.outside / "chat_template.jinja").write_text(SECRET)
        self._llama_cpp = llama_cpp
        self.file_of = cache(lambda name: walk(self.sound[name], self.target, llama_cpp))
        self.outcomes: Counter[str] = Counter()

    def walk(self, name, changes, links=None):
        """The road of a folder with these changes, which are undone afterwards."""
        folder, links = self._copies / name, links or {}
        try:
            edit(folder, changes)
            for file, target in links.items():
                put_link(folder / file, target)
            written = walk(folder, self.target, self._llama_cpp)
        finally:
            edit(folder, {file: content_of(self.sound[name] / file) for file in (*changes, *links)})
        outcome = "refused" if written is None else "written"
        self.outcomes[outcome] += 1
        event(outcome)
        return written


def content_of(path):
    return path.read_bytes() if path.exists() else None


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    engine = Engine(EngineKind.LLAMA_CPP)
    yield Place(tmp_path_factory.mktemp("hostile"), engine)
    engine.close()


# Of the folders of each test, the smallest and the largest share that may be written: a road that refuses everything
# would prove as little as one that refuses nothing.
WRITTEN = {
    "test_headers": (0.1, 0.6),
    "test_configs": (0.15, 0.75),
    "test_indexes": (0.15, 0.85),
    "test_tokenizers": (0.1, 0.75),
    "test_files_beside": (0.9, 1),
    "test_links_and_pipes": (0.2, 0.9),
    "test_what_changes_no_meaning_changes_no_byte": (1, 1),
}


@pytest.fixture(autouse=True)
def a_fair_share(request, place):
    place.outcomes.clear()
    yield
    count = place.outcomes.total()
    if count:
        smallest, largest = WRITTEN[request.node.originalname]
        assert smallest <= place.outcomes["written"] / count <= largest


@pytest.mark.parametrize("name", MAKERS)
def test_the_sound_folder_is_converted(place, name):
    assert place.file_of(name) is not None


@settings(max_examples=140, deadline=None)
@given(data=st.data(), name=folders_of)
def test_headers(place, data, name):
    shard = data.draw(st.sampled_from(list(shards(place.sound[name]))))
    place.walk(name, {shard.name: data.draw(damaged_shard(shard))})


@settings(max_examples=140, deadline=None)
@given(data=st.data(), name=folders_of)
def test_configs(place, data, name):
    place.walk(name, {"config.json": data.draw(damaged_config(place.sound[name]))})


@settings(max_examples=50, deadline=None)
@given(data=st.data(), name=st.sampled_from(["gemma3-shards", "llama"]))
def test_indexes(place, data, name):
    changes = {INDEX: data.draw(damaged_index(place.sound[name], place.outside))}
    expect_same_tensors(place, name, place.walk(name, changes))


@settings(max_examples=130, deadline=None)
@given(
    data=st.data(),
    name=st.sampled_from(["gemma3", "llama", "byte-level", "vocab-and-merges", "sentencepiece", "word-list"]),
)
def test_tokenizers(place, data, name):
    folder = place.sound[name]
    file = data.draw(st.sampled_from([file for file in TOKENIZERS if (folder / file).exists()]))
    expect_same_tensors(place, name, place.walk(name, {file: data.draw(damaged_tokenizer(folder / file))}))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_files_beside(place, data):
    """Settings of the tokenizer and of generation, templates, the card."""
    folder = place.sound["gemma3"]
    file = data.draw(st.sampled_from(["tokenizer_config.json", "generation_config.json", "README.md", *TEMPLATES]))
    original = content_of(folder / file) or b"{}"
    kinds = [damaged_bytes(original)]
    if file.endswith(".json"):
        kinds.append(damaged_json(json.loads(original)))
    if file in TEMPLATES:
        kinds.append(st.sampled_from(TEMPLATES[file]))
    if file == "README.md":
        kinds.append(CARDS)
    written = place.walk("gemma3", {file: data.draw(st.one_of(kinds))})
    expect_same_tensors(place, "gemma3", written)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), name=st.sampled_from(["gemma3-shards", "gemma3", "vocab-and-merges", "sentencepiece"]))
def test_links_and_pipes(place, data, name):
    """What a link leads to outside the folder is not read, and so in no file."""
    names = sorted({path.name for path in place.sound[name].iterdir()} | {*TEMPLATES, "additional_chat_templates"})
    files = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    written = place.walk(name, {}, {file: data.draw(foreign_place(file, place.outside)) for file in files})
    expect_same_tensors(place, name, written)
    assert written is None or SECRET not in str(written.keys)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), name=folders_of)
def test_what_changes_no_meaning_changes_no_byte(place, data, name):
    """Order of keys, spaces, settings that nobody knows, files that nobody reads."""
    assert place.walk(name, data.draw(harmless_changes(place.sound[name]))) == place.file_of(name)


CARD_KEYS = [
    "license",
    "tags",
    "base_model",
    "datasets",
    "language",
    "name",
    "model_name",
    "license_name",
    "url",
    "author",
]
LAUGHS = "\n".join(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]" for i in range(1, 12))
CARDS = st.builds(
    lambda value: f"---\n{json.dumps(value)}\n---\n".encode(),
    st.dictionaries(st.sampled_from(CARD_KEYS), VALUES | st.lists(st.just("org/name") | VALUES, max_size=3)),
) | st.sampled_from(
    [
        f"---\na1: &a1 [x]\n{LAUGHS}\nbase_model: [*a12]\n---\n".encode(),
        b"---\nbase_model: [" + b"a-" * 500_000 + b"]\n---\n",
        b"---\n" + b"a: b\n" * 200_000,
        b"---\n!!python/object/apply:os.system ['true']\n---\n",
    ]
)
TEMPLATES = {
    "chat_template.jinja": [b"{{", b"", b"\xff", b"{{ ''.__class__.__mro__ }}", b"{% include '/etc/passwd' %}", b"\0"],
    "chat_template.json": [b'{"chat_template": [{"name": "\\u001b[2J", "template": "{{ cycler }}"}, 5]}'],
}


def expect_same_tensors(place, name, written):
    """What was damaged has nothing to say about weights."""
    assert written is None or written.tensors == place.file_of(name).tensors
