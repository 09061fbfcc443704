"""`convert --verify` reads the file back, says what was proven, and fails where the file is not the model."""

import json

from app.cli import commands
from app.core.verify import prove_weights


def test_a_sound_file_is_said_to_be_so(tied_folder, run, tmp_path):
    code, out, err = run("convert", tied_folder, "--type", "q8_0,bf16", "--verify", "-o", tmp_path)
    assert (code, err) == (0, "")
    assert out.count("Checked: all") == 2
    assert "The largest error of a tensor is 0.000%" in out


def test_a_report_has_the_proof(tied_folder, run, tmp_path):
    code, out, _ = run("convert", tied_folder, "--verify", "--json", "-o", tmp_path / "x.gguf")
    proof = json.loads(out)["weights_proof"]
    assert code == 0
    assert proof["is_sound"]
    assert {one["relative_rmse"] for one in proof["tensors"].values()} == {0.0}


def test_a_file_that_is_spoilt_on_the_disk_fails(tied_folder, run, tmp_path, monkeypatch):
    target = tmp_path / "file.gguf"

    def spoilt(plan, path, *rest):
        data = bytearray(path.read_bytes())
        data[-100] ^= 0x40
        path.write_bytes(data)
        return prove_weights(plan, path, *rest)

    monkeypatch.setattr(commands, "prove_weights", spoilt)
    code, out, err = run("convert", tied_folder, "--verify", "-o", target)
    assert code == 1
    assert "The file is not what MLX computes from the folder." in out
    assert "row" in out
    assert "did not pass the check" in err
