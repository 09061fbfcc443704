"""Distributions and answers of both engines: the sample for real, everything that goes wrong with played engines."""

import tempfile
from dataclasses import replace

import pytest

from app.core.adapter import read_adapter
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare
from app.core.errors import Cancelled, VerificationError
from app.core.model.adapted import Applied
from app.core.model.identify import identify
from app.core.progress import Progress, Stage, Unit
from app.core.resources import SAMPLE, resource_path
from app.core.text import text
from app.core.verify.engines import EngineError, EngineKind, EngineProcess, Failure, RefusalError
from app.core.verify.inference import machine_memory, predictions
from app.core.verify.inference.machine_memory import needs_of
from app.core.verify.inference.predictions import (
    prove_all_predictions,
    prove_answers,
    prove_distributions,
    prove_predictions,
)
from app.core.verify.results.report import DistributionProof, Skipped, Step
from tests.adapters import save_mlx_adapter
from tests.core.verify.played_engine import PlayedEngines

MLX, LLAMA = EngineKind.MLX_LM, EngineKind.LLAMA_CPP
SENTENCES = "MLX Ferry turns an MLX model folder into a GGUF file.\n" * 3


@pytest.fixture
def own_text(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text(SENTENCES, encoding="utf-8")
    return path


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """The only place for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def play(sample, scratch, monkeypatch):
    """A function: what fails → engines that play."""

    def played(**fails):
        engines = PlayedEngines(sample.vocabulary.row_count, fails.get("fails"))
        monkeypatch.setattr(predictions, "EngineProcess", engines)
        return engines

    return played


def figures_of(found):
    """Of the distributions, which were compared."""
    proof = getattr(found, "distributions", found)
    assert isinstance(proof, DistributionProof)
    return proof.figures


def answers_of(found):
    answers = getattr(found, "answers", found)
    assert isinstance(answers, tuple)
    return answers


def reason_of(found):
    assert isinstance(found, Skipped)
    return found.reason


def test_the_sample_says_what_its_file_says(sample, sample_file, own_text, scratch):
    seen: list[Progress] = []
    found = prove_predictions(sample, sample_file, text=own_text, on_progress=seen.append)
    assert found.skipped == ()
    figures = figures_of(found)
    assert 0 <= figures.mean.value < 1e-4
    assert figures.perplexity_of_file.value == pytest.approx(figures.perplexity_of_folder.value, rel=1e-2)
    assert [answer.first_difference for answer in answers_of(found)] == [None] * 3
    said = ["".join(token.piece for token in answer.by_file) for answer in answers_of(found)]
    assert all(one.endswith("<end_of_turn>") for one in said)
    assert {(one.stage, one.unit) for one in seen} == {(Stage.PREDICT, Unit.TOKENS)}
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert seen[-1].done == seen[-1].total
    assert list(scratch.iterdir()) == []


def test_an_adapter_counts_on_both_sides(own_text, tmp_path, scratch):
    base = resource_path(SAMPLE)
    adapter = save_mlx_adapter(base, tmp_path / "adapter")
    tuned = prepare(identify(open_checkpoint(base), (Applied(read_adapter(adapter)),)))
    file = convert(tuned.plan(), tmp_path / "tuned.gguf").path
    assert figures_of(prove_distributions(tuned, file, text=own_text)).mean.value < 1e-3
    without = prepare(identify(open_checkpoint(base)))
    assert figures_of(prove_distributions(without, file, text=own_text)).mean.value > 0.1


def test_each_engine_loads_its_model_once_and_alone(sample, sample_file, play):
    engines = play()
    found = prove_predictions(sample, sample_file)
    asked = [(kind, do) for kind, do, _ in engines.asked]
    of_both = [[(kind, "open"), (kind, "tables"), *[(kind, "continue")] * 3] for kind in (MLX, LLAMA)]
    assert asked == [*of_both[0], *of_both[1], (LLAMA, "pieces")]
    assert figures_of(found).mean.value == 0
    assert answers_of(found)[0].first_difference == 1
    assert answers_of(found)[0].by_file[1].piece == "<8>"


def test_of_several_files_the_folder_is_asked_once(sample, sample_file, play):
    engines = play()
    seen: list[Progress] = []
    found = prove_all_predictions(sample, (sample_file, sample_file), on_progress=seen.append)
    assert [kind for kind, do, _ in engines.asked if do == "open"] == [MLX, LLAMA, LLAMA]
    assert found[0] == found[1]
    assert seen[-1].done == seen[-1].total


def test_both_read_the_same_and_stop_at_the_same(sample, sample_file, play):
    engines = play()
    prove_predictions(sample, sample_file)
    asked = {kind: [arguments for who, do, arguments in engines.asked if who is kind] for kind in EngineKind}
    assert asked[MLX][1]["passages"] == asked[LLAMA][1]["passages"]
    assert asked[MLX][2] == asked[LLAMA][2]
    ends = [sample.vocabulary.tokens[i] for i in asked[MLX][2]["ends"]]
    assert "<end_of_turn>" in ends


def test_engines_get_the_memory_that_was_estimated(sample, sample_file, play):
    engines = play()
    prove_answers(sample, sample_file)
    needs = needs_of(sample.model, sample_file, sample.vocabulary.row_count)
    assert engines.limits == {need.engine: need.allowed for need in needs}


def test_steps_may_be_asked_for_alone(sample, sample_file, play):
    engines = play()
    assert figures_of(prove_distributions(sample, sample_file)).same_top.value == 1
    assert not any(do == "continue" for _, do, _ in engines.asked)
    assert len(answers_of(prove_answers(sample, sample_file))) == 3


def test_a_folder_that_mlx_lm_does_not_load_is_skipped(sample, sample_file, play):
    reason = text("{engine} does not load the model.", engine="mlx-lm")
    play(fails={(MLX, "open"): RefusalError(MLX, Failure.LOAD)})
    assert prove_predictions(sample, sample_file).skipped == (
        Skipped(Step.DISTRIBUTIONS, reason),
        Skipped(Step.ANSWERS, reason),
    )
    assert prove_distributions(sample, sample_file) == Skipped(Step.DISTRIBUTIONS, reason)
    assert prove_answers(sample, sample_file) == Skipped(Step.ANSWERS, reason)


@pytest.mark.parametrize("where", [(MLX, "tables"), (LLAMA, "open"), (LLAMA, "continue")])
def test_an_engine_that_crashes_is_an_error_and_leaves_nothing(where, sample, sample_file, play, scratch):
    play(fails={where: EngineError(where[0], text("{engine} was stopped.", engine=where[0].label))})
    with pytest.raises(EngineError, match=where[0].label):
        prove_predictions(sample, sample_file)
    assert list(scratch.iterdir()) == []


def test_a_file_that_llama_cpp_does_not_take_is_an_error(sample, tmp_path, scratch):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(RefusalError, match=r"llama\.cpp"):
        prove_answers(sample, broken)
    assert list(scratch.iterdir()) == []


def test_an_engine_says_what_it_cannot_write_and_that_it_chooses(sample_file):
    with EngineProcess(LLAMA) as engine:
        engine.ask("open", path=str(sample_file))
        with pytest.raises(RefusalError, match="cannot write its predictions") as caught:
            engine.ask("tables", passages=[[2, 3]], target="/nowhere/table")
        assert caught.value.printed == "No such file or directory"
        steps: list[int] = []
        said = engine.ask("continue", steps.append, prompt=[2, 5, 6], count=4, ends=[])["tokens"]
        assert (len(said), steps) == (4, [3, 4, 5, 6, 7])


def test_vocabularies_of_two_sizes_are_an_error(sample, sample_file, play, scratch):
    engines = play()
    engines.widths[LLAMA] -= 1
    with pytest.raises(VerificationError, match="cannot be compared"):
        prove_distributions(sample, sample_file)
    engines.widths[LLAMA] = 6
    with pytest.raises(VerificationError, match="The folder predicts the token 8, and the file has only 6 tokens"):
        prove_answers(sample, sample_file)
    assert list(scratch.iterdir()) == []


def test_a_small_machine_says_what_is_missing(sample, sample_file, play, monkeypatch):
    engines = play()
    monkeypatch.setattr(machine_memory, "machine_bytes", lambda: 100_000_000)
    one, other = prove_predictions(sample, sample_file).skipped
    assert (one.step, other.step) == (Step.DISTRIBUTIONS, Step.ANSWERS)
    assert one.reason.startswith("mlx-lm would need about 27")
    assert "this machine has 100 MB" in one.reason
    assert "by its weights and its vocabulary alone" in one.reason
    assert engines.asked == []


def test_a_full_disk_leaves_the_answers(sample, sample_file, play, monkeypatch):
    play()
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    found = prove_predictions(sample, sample_file)
    assert found.distributions is None
    assert len(answers_of(found)) == 3
    (skipped,) = found.skipped
    assert skipped.step is Step.DISTRIBUTIONS
    assert "1.00 KB are free" in skipped.reason


def test_it_can_be_cancelled(sample, sample_file, play, scratch):
    engines = play()
    with pytest.raises(Cancelled):
        prove_predictions(sample, sample_file, is_cancelled=lambda: len(engines.asked) > 2)
    assert list(scratch.iterdir()) == []


def test_what_has_no_truth_is_skipped(sample, sample_file, play):
    play()
    without = replace(sample, vocabulary=None)
    assert "could not be read" in reason_of(prove_distributions(without, sample_file))
    other = replace(sample.model.checkpoint.purpose, task=type(sample.model.checkpoint.purpose.task).EMBEDDING)
    model = replace(sample.model, checkpoint=replace(sample.model.checkpoint, purpose=other))
    assert "predicts no tokens" in reason_of(prove_answers(replace(sample, model=model), sample_file))


def test_what_mlx_lm_says_itself_is_told(sample, sample_file, play):
    play(fails={(MLX, "open"): RefusalError(MLX, Failure.LOAD, "Model type x not supported.")})
    said = prove_answers(sample, sample_file)
    assert isinstance(said, Skipped)
    assert said.reason == "mlx-lm does not load the model. It says: Model type x not supported."
