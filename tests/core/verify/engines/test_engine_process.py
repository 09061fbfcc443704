"""The engines' child processes: what they answer, how they end, and what is said of it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import app
from app.core.checkpoint import open_checkpoint
from app.core.convert import convert, prepare_plan
from app.core.errors import Cancelled
from app.core.ggml_types import OutputType
from app.core.plan import PlanOptions
from app.core.resources import resource_path
from app.core.sandbox import no_children
from app.core.sandbox.running import child_command
from app.core.verify.engines import EngineError, EngineKind, EngineProcess, Failure, Patience, RefusalError, process
from tests.core.sandbox.processes import is_there, wait_until

SAMPLE = resource_path("sample/mlx-ferry-sample")
IDS = [2, *range(20, 330, 10)]
BOTH = pytest.mark.parametrize("kind", EngineKind)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """What each engine takes of the sample."""
    target = tmp_path_factory.mktemp("sample") / "sample.gguf"
    file = convert(prepare_plan(open_checkpoint(SAMPLE), PlanOptions(OutputType.F32)), target).path
    return {EngineKind.MLX_LM: SAMPLE, EngineKind.LLAMA_CPP: file}


def tables(engine, target, passages, on_step=None):
    answer = engine.ask("tables", on_step, passages=passages, target=str(target))
    return np.fromfile(target, np.float32).reshape(-1, answer["token_count"])


@BOTH
def test_log_probabilities_of_passages(kind, models, tmp_path):
    steps: list[int] = []
    with EngineProcess(kind) as engine:
        engine.ask("open", path=str(models[kind]))
        table = tables(engine, tmp_path / "table", [IDS * 3, IDS[:5]], steps.append)
        again = tables(engine, tmp_path / "again", [IDS[:5]])
    assert table.shape == (3 * len(IDS) + 5, 896)
    assert np.abs(np.exp(table.astype(np.float64)).sum(axis=1) - 1).max() < 1e-5
    assert np.abs(table[-5:] - again).max() < 1e-4  # a passage begins anew
    assert steps == [32, 64, 3 * len(IDS), len(table)]


@BOTH
def test_no_program_of_the_system_is_needed(kind, models, tmp_path, monkeypatch):
    """MLX would have a compiler make machine code of what it computes on the processor."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where it keeps what was compiled before
    with EngineProcess(kind) as engine:
        engine.ask("open", path=str(models[kind]))
        assert len(tables(engine, tmp_path / "table", [IDS])) == len(IDS)


def test_both_predict_the_same(models, tmp_path):
    found = []
    for kind in EngineKind:
        with EngineProcess(kind) as engine:
            engine.ask("open", path=str(models[kind]))
            found.append(tables(engine, tmp_path / kind, [IDS]))
    first, second = found
    assert (np.exp(first.astype(np.float64)) * (first - second)).sum(axis=1).mean() < 1e-4


@BOTH
def test_what_follows_a_prompt_is_the_likeliest(kind, models, tmp_path):
    with EngineProcess(kind) as engine:
        engine.ask("open", path=str(models[kind]))
        tokens = engine.ask("continue", prompt=IDS, count=4, ends=[])["tokens"]
        chosen = [token["id"] for token in tokens]
        table = tables(engine, tmp_path / "table", [IDS + chosen[:-1]])[len(IDS) - 1 :]
        ended = engine.ask("continue", prompt=IDS, count=4, ends=chosen[:1])["tokens"]
    assert chosen == table.argmax(axis=1).tolist()
    assert [token["id"] for token in ended] == chosen[:1]
    for token, row in zip(tokens, table, strict=True):
        two = np.sort(row)[-2:]
        assert [token["second_log_probability"], token["log_probability"]] == pytest.approx(two, abs=1e-3)


def test_llama_cpp_has_keys_and_values_in_float32_and_no_flash_attention(models):
    """Its own log says so: parameters stand where we write them."""
    with EngineProcess(EngineKind.LLAMA_CPP) as engine:
        engine.ask("open", path=str(models[EngineKind.LLAMA_CPP]))
        engine.ask("continue", prompt=IDS, count=1, ends=[])
        engine._printed.seek(0)
        printed = engine._printed.read().decode(errors="replace")
    assert "K (f32)" in printed
    assert "V (f32)" in printed
    assert "flash_attn" in printed
    assert "flash_attn            = disabled" in printed


def test_a_folder_with_code_of_its_own_is_refused(copy_folder, tmp_path):
    folder = copy_folder(SAMPLE)
    ran = tmp_path / "ran"
    (folder / "code.py").write_text(f"open({str(ran)!r}, 'w')\n")
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("{", '{"model_file": "code.py",', 1))
    with EngineProcess(EngineKind.MLX_LM) as engine, pytest.raises(RefusalError) as caught:
        engine.ask("open", path=str(folder))
    assert "trust_remote_code" in caught.value.printed
    assert not ran.exists()


@BOTH
def test_what_is_no_model(kind, models, tmp_path):
    path = tmp_path / "nothing"
    path.write_bytes(b"nothing")
    with EngineProcess(kind) as engine:
        with pytest.raises(RefusalError, match="does not load") as caught:
            engine.ask("open", path=str(path))
        assert caught.value.failure is Failure.LOAD
        assert engine.ask("open", path=str(models[kind]))  # and it can


def killed(engine, number):
    os.kill(engine._process.pid, number)


@BOTH
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_killed_while_it_works(kind, number, models, tmp_path):
    with EngineProcess(kind) as engine:
        engine.ask("open", path=str(models[kind]))
        with pytest.raises(EngineError, match=rf"ended unexpectedly \(signal {number:d}\)") as caught:
            tables(engine, tmp_path / "table", [IDS] * 200, lambda _: killed(engine, number))
        assert not isinstance(caught.value, RefusalError)
        assert caught.value.signal == number


@BOTH
def test_more_memory_than_it_may_have(kind, models):
    with EngineProcess(kind, memory_bytes=1 << 20) as engine, pytest.raises(EngineError):
        engine.ask("open", path=str(models[kind])) and engine.ask("continue", prompt=IDS, count=50, ends=[])


def test_one_that_hangs(monkeypatch):
    monkeypatch.setattr(process, "child_command", lambda *_: [sys.executable, "-c", "import time; time.sleep(60)"])
    with EngineProcess(EngineKind.LLAMA_CPP, patience=Patience(0.3, 0.3)) as engine:
        number = engine._process.pid
        with pytest.raises(EngineError, match="has not answered"):
            engine.ask("open", path="x")
        assert not is_there(number)


@BOTH
def test_cancelled(kind, models, tmp_path):
    wish: list[int] = []
    with EngineProcess(kind, is_cancelled=lambda: bool(wish)) as engine:
        engine.ask("open", path=str(models[kind]))
        number = engine._process.pid
        with pytest.raises(Cancelled):
            tables(engine, tmp_path / "table", [IDS] * 500, wish.append)
        assert not is_there(number)


def test_none_is_started_while_the_program_ends():
    with no_children(), pytest.raises(EngineError, match=r"llama\.cpp was stopped"):
        EngineProcess(EngineKind.LLAMA_CPP).__enter__()


def test_it_ends_with_the_program_that_asked():
    code = (
        "import sys, os, time; sys.path.insert(0, sys.argv[1]); from app.core.verify.engines import *\n"
        "engine = EngineProcess(EngineKind.LLAMA_CPP).__enter__()\n"
        "print(engine._process.pid, flush=True); time.sleep(0.5); os._exit(1)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", code, str(Path(app.__file__).parents[1])], capture_output=True, text=True, check=False
    )
    wait_until(lambda: not is_there(int(asked.stdout)))


def test_a_child_starts_without_what_makes_a_proof():
    """Plans, families and gguf would cost it half a second."""
    code = "import sys; from app.core.verify.engines.child import main; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"app.core.plan", "app.core.architectures", "gguf"}.isdisjoint(run.stdout.split())


def test_mlx_lm_computes_without_transformers():
    """To list the files of its models would cost a second."""
    code = "from app.core.verify.engines.child import main; main()"
    said = {"engine": EngineKind.MLX_LM, "memory_bytes": 64 << 30}, {"do": "open", "path": str(SAMPLE)}
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        input="".join(f"{json.dumps(one)}\n" for one in said),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == {"answer": {"token_count": 0}}
    assert "mlx_lm.utils" in run.stderr
    assert "transformers.utils" not in run.stderr


def test_a_frozen_app_is_its_own_child(monkeypatch, models):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child_command("app.core.verify.engines.child", "--engine") == [sys.executable, "--engine"]
    monkeypatch.setattr(process, "child_command", lambda _, argument: [sys.executable, "-m", "app", argument])
    with EngineProcess(EngineKind.LLAMA_CPP) as engine:
        assert engine.ask("open", path=str(models[EngineKind.LLAMA_CPP])) == {"token_count": 896}
