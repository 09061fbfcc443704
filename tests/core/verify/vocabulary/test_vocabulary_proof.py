"""llama.cpp with a file reads and writes as the folder's tokenizer does; whatever was spoilt is found and named."""

import json
import shutil
from dataclasses import replace

import pytest

from app.core.architectures import find_architecture
from app.core.checkpoint import open_checkpoint
from app.core.errors import Cancelled, PlanError
from app.core.model.identify import Model
from app.core.plan.prepared import Prepared
from app.core.verify.engines import EngineError, EngineProcess
from app.core.verify.results.report import TokenizedText
from app.core.verify.vocabulary.own_text import LIMIT_BYTES, PASSAGE, own_passages
from app.core.verify.vocabulary.texts import TEXTS
from app.core.verify.vocabulary.vocabulary_proof import prove_vocabulary
from tests.core.tokenizer.tekken_by_hand import ROWS as TEKKEN_ROWS
from tests.core.tokenizer.tekken_by_hand import tekken
from tests.core.tokenizer.word_list import ROWS as PLAMO_ROWS
from tests.core.tokenizer.word_list import save_word_list
from tests.engines.tokenizing import write_vocabulary
from tests.tiny_checkpoints import SAMPLE_TOKENIZER
from tests.vocabulary_by_type import vocabulary_by_type

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}</s>\n{% endfor %}"
    "{% if tools %}{{ tools | tojson }}{% endif %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def prepared_of(folder, rows, template=TEMPLATE):
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    checkpoint = open_checkpoint(folder)
    model = Model(checkpoint, find_architecture(checkpoint.model_type, checkpoint.config))
    return Prepared(model, vocabulary_by_type(checkpoint, rows))


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample's tokenizer, of SentencePiece's kind, for a model with 10 rows more than tokens."""
    folder = shutil.copytree(SAMPLE_TOKENIZER, tmp_path_factory.mktemp("vocabulary") / "sample")
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "eos_token_id": 1}))
    return prepared_of(folder, 900)


@pytest.fixture
def prove(tmp_path):
    """A function: what is known of a folder, changes of what its file says → the proof."""

    def proven(prepared, own_text=None, **changes):
        file = write_vocabulary(replace(prepared.vocabulary, **changes), tmp_path / "vocabulary.gguf")
        return prove_vocabulary(prepared, file, text=own_text)

    return proven


def test_a_sound_file(sample, prove):
    proof = prove(sample)
    assert proof.problems == ()
    assert proof.is_sound
    assert len(proof.texts) >= 50
    assert all(one.is_same for one in proof.texts)
    assert {one.text for one in proof.texts} >= set(TEXTS)
    assert len(proof.conversations) == 5
    assert all(one.is_same for one in proof.conversations)
    assert "get_weather" in proof.conversations[-1].by_file
    assert proof.ends_by_folder == (1,)
    assert set(proof.ends_by_file) >= {1}


def exchanged(values, one, other):
    found = list(values)
    found[one], found[other] = found[other], found[one]
    return tuple(found)


def spoilt(vocabulary):
    """What → changes of the file's vocabulary, and words of the problem that is found."""
    tokens, types, bos = vocabulary.tokens, vocabulary.types, vocabulary.special_ids["bos"]
    first = types.index(1)
    shifted = (*tokens[:first], *tokens[first + 1 :], tokens[first])
    letters = vocabulary.chat_template.replace("</s>", "</S>")
    unseen = vocabulary.chat_template + "{% if unseen %}?{% endif %}"
    return {
        "shifted by one": ({"tokens": shifted}, "tokens have another text in the file"),
        "two exchanged": ({"tokens": exchanged(tokens, first + 40, first + 41)}, f"The first is {first + 40}"),
        "no bos": ({"add_tokens": {**vocabulary.add_tokens, "bos": False}}, "nothing before"),
        "an eos": ({"add_tokens": {**vocabulary.add_tokens, "eos": True}}, "after it instead of"),
        "other bos": ({"special_ids": {**vocabulary.special_ids, "bos": first}}, f"({first}) before"),
        "no space before": ({"add_space_prefix": not prefix_of(vocabulary)}, "other tokens in llama.cpp"),
        "scores upside down": ({"scores": tuple(-one for one in vocabulary.scores)}, "other tokens in llama.cpp"),
        "no template": ({"chat_template": None}, "has lost the folder's chat template"),
        "template of other letters": ({"chat_template": letters}, "“A question”: llama.cpp writes 'S>"),
        "template of other source": ({"chat_template": unseen}, "'{% if unseen %}?{% endif %}' instead of ''"),
        "template that is none": ({"chat_template": "{% if %}"}, "cannot read the file's chat template"),
        "other eos": ({"special_ids": {**vocabulary.special_ids, "eos": bos + 9}}, "which ends no text by the folder"),
    }


def prefix_of(vocabulary):
    return vocabulary.add_space_prefix is not False


KINDS = [
    *("shifted by one", "two exchanged", "no bos", "an eos", "other bos", "no space before", "scores upside down"),
    *("no template", "template of other letters", "template of other source", "template that is none", "other eos"),
]


@pytest.mark.parametrize("fault", KINDS)
def test_a_fault_is_named(fault, sample, prove):
    """test_a_sound_file is what it says without the fault."""
    changes, words = spoilt(sample.vocabulary)[fault]
    proof = prove(sample, **changes)
    assert not proof.is_sound
    assert any(words in problem for problem in proof.problems), proof.problems


def test_a_template_that_only_the_file_has(sample, prove, tmp_path):
    folder = shutil.copytree(sample.model.checkpoint.folder, tmp_path / "bare")
    for name in ("chat_template.jinja", "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<bos>", "eos_token": "<eos>"}))
    bare = prepared_of(folder, 900, template=None)
    assert prove(bare).problems == ()
    assert "neither has the file" in prove(bare).notes[0]
    assert prove(bare, chat_template=TEMPLATE).problems == ("The file has a chat template, the folder has none.",)


def variants(folder, sample, template):
    copied = shutil.copytree(sample.model.checkpoint.folder, folder)
    return prepared_of(copied, 900, template=template)


@pytest.mark.parametrize(
    ("template", "note"),
    [
        (
            "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE,
            "does not render “A system prompt and a question”: it fails with: no system",
        ),
        (
            "{% for message in messages if message['role'] != 'system' %}[{{ message['content'] }}]{% endfor %}",
            "no place for a system prompt",
        ),
        ("{{ 'thinking' if enable_thinking else 'no thinking' }}" + TEMPLATE, "lets the model think"),
        ("{{ date_string if date_string is defined else '1 Jan 2000' }}" + TEMPLATE, "today's date"),
        ("{{ strftime_now('%Y-%m-%d') }}" + TEMPLATE, ""),
        (TEMPLATE + "\n \n", ""),
        (
            "{% for message in messages %}"
            "{% for part in message['content'] %}{{ part['text'] }}{% endfor %}"
            "{% endfor %}",
            "lists of parts",
        ),
    ],
)
def test_what_is_known_of_templates_is_no_fault(template, note, sample, prove, tmp_path):
    proof = prove(variants(tmp_path / "variant", sample, template))
    assert proof.problems == ()
    assert note in " ".join(proof.notes)


@pytest.fixture
def only_model(tmp_path):
    """The sample's tokenizer.model and no tokenizer.json."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("tokenizer.model", "tokenizer_config.json"):
        shutil.copy(SAMPLE_TOKENIZER / name, folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "eos_token_id": 1}))
    return prepared_of(folder, 900)


def test_a_sentencepiece_model_alone(only_model, prove):
    proof = prove(only_model)
    assert proof.problems == ()
    assert all(map(same, proof.texts))
    spoilt_proof = prove(only_model, add_tokens={"bos": False})
    assert ["nothing before" in problem for problem in spoilt_proof.problems] == [True]
    scores = tuple(-one for one in only_model.vocabulary.scores)
    assert "other tokens in llama.cpp" in prove(only_model, scores=scores).problems[0]


def test_tekken_alone(prove, tmp_path):
    folder = tmp_path / "tekken"
    folder.mkdir()
    (folder / "tekken.json").write_text(json.dumps(tekken()))
    (folder / "config.json").write_text(json.dumps({"model_type": "mistral", "eos_token_id": 2}))
    prepared = prepared_of(folder, TEKKEN_ROWS)
    proof = prove(prepared)
    assert proof.problems == ()
    assert sum(map(same, proof.texts)) >= len(TEXTS) - 3
    merges = prepared.vocabulary.merges
    assert "other tokens in llama.cpp" in prove(prepared, merges=merges[:1]).problems[0]


def test_files_that_no_library_reads(prove, tmp_path):
    """Its tokens are at least those that MLX Ferry has read."""
    save_word_list(tmp_path)
    prepared = prepared_of(tmp_path, PLAMO_ROWS)
    proof = prove(prepared)
    assert proof.problems == ()
    assert "no library that this program has reads tokenizer.jsonl" in proof.notes[0]
    tokens = exchanged(prepared.vocabulary.tokens, 40, 41)
    assert "tokens have another text in the file" in prove(prepared, tokens=tokens).problems[0]


def test_a_text_of_ones_own(sample, prove, tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich.\n", encoding="utf-8")
    assert own.read_text(encoding="utf-8") in {one.text for one in prove(sample, own).texts}


def test_a_long_text_is_cut_into_passages(tmp_path):
    own = tmp_path / "own.txt"
    own.write_bytes(b"short\n" * 1000 + b"x" * 3 * PASSAGE + b"\xff" * LIMIT_BYTES)
    passages, notes = own_passages(own)
    assert max(map(len, passages)) <= PASSAGE
    assert len("".join(passages)) == LIMIT_BYTES
    assert notes == ("Of own.txt only the first 256 KB were read.",)


def test_a_text_that_is_not_there(sample, prove, tmp_path):
    with pytest.raises(PlanError, match=r"missing\.txt cannot be read"):
        prove(sample, tmp_path / "missing.txt")


def test_a_file_that_does_not_load(sample, tmp_path):
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EngineError, match=r"llama\.cpp"):
        prove_vocabulary(sample, file)


def test_a_crash_while_chats_are_written(sample, tmp_path, monkeypatch):
    ask, asked = EngineProcess.ask, []

    def killed(engine, do, *arguments, **named):
        if do == "render":
            asked.append(do)
            engine._process.kill()
        return ask(engine, do, *arguments, **named)

    monkeypatch.setattr(EngineProcess, "ask", killed)
    file = write_vocabulary(sample.vocabulary, tmp_path / "vocabulary.gguf")
    with pytest.raises(EngineError, match=r"llama\.cpp ended unexpectedly \(signal 9\)"):
        prove_vocabulary(sample, file)
    assert asked == ["render"]


def test_cancelled(sample, tmp_path):
    file = write_vocabulary(sample.vocabulary, tmp_path / "vocabulary.gguf")
    with pytest.raises(Cancelled):
        prove_vocabulary(sample, file, is_cancelled=lambda: True)


def test_no_vocabulary(sample, tmp_path):
    proof = prove_vocabulary(replace(sample, vocabulary=None), tmp_path / "unread.gguf")
    assert proof.texts == ()
    assert proof.notes == ("The folder has no vocabulary that could be compared.",)


def same(one: TokenizedText) -> bool:
    return one.is_same
