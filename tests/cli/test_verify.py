"""`convert --verify` checks what it has written, says what was proven, and fails where the file is not the model."""

import json

from app.core.verify import verification
from app.core.verify.verification import verify


def test_a_sound_file_is_said_to_be_so(tied_folder, run, tmp_path):
    code, out, err = run("convert", tied_folder, "--type", "q8_0,bf16", "--verify", "-o", tmp_path)
    assert (code, err) == (0, "")
    assert out.count("Checked: all") == out.count("The same: ") + out.count("Very close: ") == 2
    assert "The largest error of a tensor is 0.000%" in out


def test_json_has_the_verification(tied_folder, run, tmp_path):
    code, out, _ = run("convert", tied_folder, "--verify", "--json", "-o", tmp_path / "x.gguf")
    found = json.loads(out)["verification"]
    assert code == 0
    assert (found["verdict"], found["is_good"]) == ("same", True)
    assert {one["relative_rmse"] for one in found["weights"]["tensors"].values()} == {0.0}
    assert found["distributions"]["figures"]["mean_kld"]["value"] < 0.001


def test_a_file_that_is_spoilt_on_the_disk_fails(tied_folder, run, tmp_path, monkeypatch):
    target = tmp_path / "file.gguf"

    def spoilt(prepared, plan, path, **how):
        data = bytearray(path.read_bytes())
        data[-100] ^= 0x40
        path.write_bytes(data)
        return verify(prepared, plan, path, **how)

    monkeypatch.setattr(verification, "verify", spoilt)
    code, out, err = run("convert", tied_folder, "--verify", "-o", target)
    assert code == 1
    assert "Broken: The file does not hold what MLX computes from the folder." in out
    assert "row" in out
    assert "did not pass the check" in err
