"""Everything about a file at once: real engines with the sample, and what becomes of a check when something fails."""

import os
import signal
from dataclasses import replace

import pytest

from app.core.convert import convert, sha256_of
from app.core.errors import Cancelled
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.core.progress import Stage
from app.core.sandbox import running
from app.core.text import text
from app.core.verify import verification
from app.core.verify.engines import EngineError, EngineKind, Failure, RefusalError
from app.core.verify.results.report import Figure, Step, Verdict, VocabularyProof
from app.core.verify.results.verdict import FLOOR, NOISE, NOTICEABLE, explained, judge, limits_of
from app.core.verify.verification import Check, verify
from app.core.verify.vocabulary.vocabulary_proof import prove_vocabulary
from tests.core.verify.made_reports import whole_report
from tests.core.verify.spoil import on_bytes, spoil

LLAMA, MLX = EngineKind.LLAMA_CPP, EngineKind.MLX_LM
QUICK = Check(with_predictions=False)
WEIGHTS = "blk.0.ffn_up.weight"
STOPPED = text("{engine} was stopped.", engine="x")
VOCABULARY: list[VocabularyProof] = []


def flip(raw):
    raw[raw.size // 2] ^= 64


def skipped_steps(report):
    return [one.step for one in report.skipped]


@pytest.fixture
def own_text(tmp_path):
    """Short, so that engines have little to read."""
    path = tmp_path / "own.txt"
    path.write_text("MLX Ferry turns an MLX model folder into a GGUF file.\n" * 2, encoding="utf-8")
    return path


@pytest.fixture
def read_already(sample, sample_file, monkeypatch):
    """The vocabulary is compared once for all tests that are about something else."""
    if not VOCABULARY:
        VOCABULARY.append(prove_vocabulary(sample, sample_file))
    monkeypatch.setattr(verification, "prove_vocabulary", lambda *_, **__: VOCABULARY[0])


@pytest.mark.parametrize(("kind", "verdict"), [(OutputType.BF16, Verdict.SAME), (OutputType.Q8_0, Verdict.CLOSE)])
def test_a_sound_file(kind, verdict, sample, own_text, tmp_path):
    plan = sample.plan(PlanOptions(kind))
    file = convert(plan, tmp_path / "file.gguf").path
    report = verify(sample, plan if kind is OutputType.BF16 else None, file, check=Check(text=own_text))
    assert report.verdict is verdict
    assert report.skipped == ()
    assert report.weights is not None
    assert report.header is not None
    assert report.vocabulary is not None
    assert report.distributions is not None
    assert report.distributions.figures.mean.value < NOISE
    assert report.answers is not None
    assert len(report.answers) == 3
    assert report.sha256 == sha256_of(file)
    assert report.plan is not None
    assert dict(report.versions).keys() >= {"MLX Ferry", "mlx-lm", "xllamacpp"}


@pytest.fixture
def no_engine(monkeypatch):
    def start(*_):
        raise AssertionError("an engine was started")

    monkeypatch.setattr(verification, "prove_vocabulary", start)
    monkeypatch.setattr(verification, "prove_predictions", start)


@pytest.mark.parametrize(
    "fault",
    [
        {"tensors": {WEIGHTS: on_bytes(flip)}},
        {"keys": {"gemma3.rope.freq_base": 3.0}},
        {"keys": {"tokenizer.chat_template": None}},
    ],
    ids=["weights", "settings", "template"],
)
def test_where_something_is_wrong_nothing_is_computed(fault, sample, sample_file, tmp_path, no_engine):
    report = verify(sample, None, spoil(sample_file, tmp_path / "spoilt.gguf", **fault))
    assert report.verdict is Verdict.BROKEN
    assert skipped_steps(report) == [Step.VOCABULARY, Step.DISTRIBUTIONS, Step.ANSWERS]


def test_what_is_no_gguf_file_is_broken(sample, tmp_path, no_engine):
    path = tmp_path / "no.gguf"
    path.write_text("no")
    for plan in (None, sample.plan()):
        report = verify(sample, plan, path)
        assert report.verdict is Verdict.BROKEN
        assert report.weights is not None
        assert "is not a GGUF file" in report.weights.problem


def test_a_quick_check(sample, sample_file):
    report = verify(sample, sample.plan(), sample_file, check=QUICK)
    assert report.verdict is Verdict.SAME
    assert skipped_steps(report) == [Step.DISTRIBUTIONS, Step.ANSWERS]
    assert "predictions were not compared" in report.reason


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (EngineError(MLX, STOPPED, signal=signal.SIGABRT), Verdict.SAME),
        (EngineError(LLAMA, STOPPED, signal=signal.SIGKILL), Verdict.SAME),
        (EngineError(LLAMA, STOPPED, signal=signal.SIGABRT), Verdict.BROKEN),
        (EngineError(LLAMA, STOPPED, signal=signal.SIGSEGV), Verdict.BROKEN),
        (RefusalError(LLAMA, Failure.LOAD), Verdict.BROKEN),
    ],
)
@pytest.mark.parametrize("step", ["prove_vocabulary", "prove_predictions"])
def test_an_engine_that_ends(step, error, verdict, sample, sample_file, read_already, monkeypatch):
    """What only a bad file makes llama.cpp do breaks it; what a system or a person does to a process is said."""

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(verification, step, fail)
    report = verify(
        sample, sample.plan(), sample_file, check=replace(QUICK, with_predictions=step != "prove_vocabulary")
    )
    assert report.verdict is verdict
    if verdict is Verdict.BROKEN:
        assert report.reason == error.reason
    else:
        assert error.reason in {one.reason for one in report.skipped}


def kill_engines():
    for process in list(running._running):
        os.kill(process.pid, signal.SIGKILL)


def test_a_real_engine_killed_in_the_middle(sample, sample_file, read_already):
    killed: list[object] = []

    def on_progress(progress):
        if progress.stage is Stage.PREDICT and not killed:
            killed.append(progress)
            kill_engines()

    report = verify(sample, sample.plan(), sample_file, on_progress=on_progress)
    assert killed
    assert skipped_steps(report) == [Step.DISTRIBUTIONS, Step.ANSWERS]
    assert "ended unexpectedly (signal 9)" in report.skipped[0].reason
    assert not running._running


@pytest.mark.parametrize("stage", [Stage.PROVE, Stage.PROVE_VOCABULARY, Stage.PREDICT])
def test_cancelled(stage, sample, sample_file):
    seen = []
    with pytest.raises(Cancelled):
        verify(
            sample,
            sample.plan(),
            sample_file,
            check=Check(with_predictions=stage is Stage.PREDICT),
            on_progress=lambda progress: seen.append(progress.stage),
            is_cancelled=lambda: stage in seen,
        )
    assert not running._running


def test_models_that_are_computed_differently_are_judged_by_the_rest(sample, sample_file, read_already, monkeypatch):
    monkeypatch.setattr(verification, "known_difference", lambda *_: STOPPED)
    report = verify(sample, sample.plan(), sample_file)
    assert report.verdict is Verdict.SAME
    assert [(one.step, one.reason) for one in report.skipped] == [
        (Step.DISTRIBUTIONS, STOPPED),
        (Step.ANSWERS, STOPPED),
    ]


@pytest.mark.parametrize(
    ("error", "mean", "verdict"),
    [
        (0.0, NOISE * 0.9, Verdict.SAME),
        (0.0, NOISE * 1.1, Verdict.CLOSE),
        (0.0, FLOOR * 1.1, Verdict.BROKEN),  # the same weights explain no more
        (0.006, NOISE * 0.9, Verdict.CLOSE),
        (0.07, NOTICEABLE * 0.9, Verdict.CLOSE),
        (0.07, NOTICEABLE * 1.1, Verdict.DEGRADED),
        (0.07, 0.6, Verdict.BROKEN),
        (0.3, 0.7, Verdict.DEGRADED),
        (0.3, 3.1, Verdict.BROKEN),
        (0.3, float("nan"), Verdict.BROKEN),
        (0.3, float("inf"), Verdict.BROKEN),
    ],
)
def test_the_verdict_follows_from_the_errors_of_weights_and_of_predictions(error, mean, verdict):
    report = whole_report()
    assert report.weights is not None
    assert report.distributions is not None
    tensors = tuple(replace(one, relative=error, problem="") for one in report.weights.tensors)
    figures = replace(report.distributions.figures, mean=Figure(mean, 0.0))
    made = replace(
        report,
        weights=replace(report.weights, tensors=tensors),
        distributions=replace(report.distributions, figures=figures),
    )
    assert judge(made)[0] is verdict
    assert made.weights is not None
    within = (limit.verdict for limit in limits_of(made.weights) if mean <= limit.divergence)
    assert next(within, Verdict.BROKEN) is verdict


def test_only_matrices_explain():
    weights = whole_report().weights
    assert weights is not None
    coarse = tuple(replace(one, relative=1.0, is_matrix=False) for one in weights.tensors)
    assert explained(replace(weights, tensors=coarse)) == FLOOR
