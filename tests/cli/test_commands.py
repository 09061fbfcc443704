"""inspect and convert on real folders: what is printed, what is written, and where."""

import hashlib
import json
import shlex
from pathlib import Path

import pytest

from app.core.architectures import ARCHITECTURES
from app.core.ggml_types import OutputType
from app.core.resources import SAMPLE
from tests.cli.expect_refusal import expect_refusal
from tests.core.checkpoint.written_by_hand import read_parts, write_safetensors
from tests.core.convert.edit_folder import plan_of, set_bits
from tests.core.imatrix_by_hand import entries_for, shapes_of, write_imatrix
from tests.quick_reader import QuickReader
from tests.tiny_checkpoints import gemma3_folder

FILE_NAMES = {"auto": "BF16", "lossless": "BF16", "mxfp4": "MXFP4_MOE"}
# llama.cpp's mixes have other types for rows of 128: src/llama-quant.cpp, tensor_type_fallback
ROWS_OF_128 = {
    "q6_k": "Q8_0",
    "q5_k_m": "Q5_1",
    "q5_k_s": "Q5_1",
    "q4_k_m": "Q5_0",
    "q4_k_s": "Q5_0",
    "iq4_xs": "IQ4_NL",
    "q3_k_l": "Q4_0",
    "q3_k_m": "Q4_0",
    "q3_k_s": "Q4_0",
    "q2_k": "Q4_0",
    "mxfp4": "Q8_0",
}


def test_inspect_shows_what_is_inside_and_what_will_be_written(model, run):
    code, out, err = run("inspect", model)
    assert (code, err) == (0, "")
    assert f"Folder        {model}" in out
    assert "Gemma 3 (gemma3_text)" in out
    assert "saved by MLX" in out
    row = next(line.split() for line in out.splitlines() if line.startswith("model.layers.0.self_attn.q_proj.weight"))
    assert row == [
        *("model.layers.0.self_attn.q_proj.weight", "128", "×", "128", "BF16", "32,768"),
        *("blk.0.attn_q.weight", "BF16", "32,768", "copied"),
    ]
    assert "lm_head: shared – share the embedding" in out


def test_inspect_as_json(changed_folder, run):
    code, out, err = run("inspect", changed_folder, "--json", "--type", "q8_0")
    data = json.loads(out)
    assert (code, err) == (0, "")
    assert data["can_convert"] is True
    assert data["output_type"] == "q8_0"
    assert data["lm_head"]["verdict"] == "untied"
    assert {tensor["type"] for tensor in data["tensors"]} == {"Q8_0", "F32"}


@pytest.mark.parametrize("bits", [0x7FC1, 0x7F80], ids=["NaN", "infinity"])
def test_json_has_no_numbers_that_json_does_not_know(bits, changed_folder, copy_folder, run):
    folder = copy_folder(changed_folder)
    set_bits(folder, "lm_head.weight", [5], bits)
    code, out, _ = run("inspect", folder, "--json")
    assert code == 0
    comparison = json.loads(out, parse_constant=pytest.fail)["lm_head"]["comparison"]
    assert {"NaN", "Infinity"} & {str(value) for value in comparison.values()}


FORGED = "Wrote /tmp/evil.gguf"


def test_no_name_in_a_folder_forges_a_line_or_fills_the_screen(model, run):
    """Of a tensor, a setting, a special token, a file, a template, the folder."""
    header, values = read_parts(model / "model.safetensors")
    long = "x" * 900  # as long as a header may have it
    names = [f"a\n{FORGED} (1 MB).", f"b\r{FORGED}\u2028{FORGED}\x85{FORGED}", long, f"c {long} d"]
    for name in names:
        header[name] = {"dtype": "F32", "shape": [0], "data_offsets": [len(values), len(values)]}
    write_safetensors(model / "model.safetensors", header)
    with (model / "model.safetensors").open("ab") as file:
        file.write(values)
    config = json.loads((model / "config.json").read_text()) | {"quantization": {f"q\n{FORGED}": {"bits": long}}}
    (model / "config.json").write_text(json.dumps(config))
    settings = {"chat_template": [{"name": f"t\n{FORGED}", "template": "{% error"}], "eos_token": f"\n{FORGED}"}
    (model / "tokenizer_config.json").write_text(json.dumps(settings))
    (model / f"model-\n{FORGED.replace('/', '-')}.safetensors").write_bytes(b"")
    (model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {f"i\n{FORGED}": f"\n{FORGED}"}}))
    folder = model.rename(model.with_name(f"m\n{FORGED.replace('/', '-')}"))
    for command in ("inspect", "convert"):
        _, out, err = run(command, folder)
        lines = [*out.split("\n"), *err.split("\n")]
        assert all(line.isprintable() for line in lines)
        assert not any(line.startswith("Wrote") for line in lines)
        assert max(map(len, lines)) < 1500


def test_a_type_of_another_kind_and_a_hostile_model_type(model, run):
    config = json.loads((model / "config.json").read_text()) | {"model_type": f"t\n{FORGED}{'x' * 10_000}"}
    (model / "config.json").write_text(json.dumps(config))
    _, out, err = run("inspect", model)
    assert "\nWrote" not in out + err
    assert max(map(len, out.split("\n"))) < 400


@pytest.mark.parametrize("name", ["my model", "it's; rm -rf $HOME", "-rf"])
def test_the_command_to_try_can_be_pasted(name, model, tmp_path, run):
    folder = model.rename(model.with_name(name))
    code, out, _ = run("convert", f"./{name}" if Path(name).exists() else folder)
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith("Try it: "))
    program, option, path = shlex.split(line.removeprefix("Try it: "))
    assert (program, option) == ("llama-cli", "-m")
    assert Path(path) == model.parent / f"{name}-BF16.gguf"
    assert Path(path).is_file()


@pytest.mark.parametrize(
    ("card", "program", "further"),
    [("Qwen/Qwen3-Embedding-0.6B", "llama-embedding", ["-p", "Hello"]), ("", "llama-cli", [])],
)
def test_the_command_to_try_is_one_for_the_task(card, program, further, model, run):
    (model / "README.md").write_text(f"---\nbase_model: {card}\n---\n")
    code, out, _ = run("convert", model)
    line = next(line for line in out.splitlines() if line.startswith("Try it: "))
    found = shlex.split(line.removeprefix("Try it: "))
    assert (code, found[0], found[3:]) == (0, program, further)
    _, out, _ = run("inspect", model, "--json")
    assert json.loads(out)["task"] == ("embedding" if further else "text")


def test_a_name_for_the_model(model, tmp_path, run):
    other = model.rename(model.with_name("renamed"))
    code, out, _ = run("convert", other, "--name", "org/My Model")
    target = model.parent / "org-My Model-BF16.gguf"
    assert (code, target.is_file()) == (0, True)
    assert f"Wrote {target} (" in out
    found = {field.name: field.contents() for field in QuickReader(target).fields.values() if "general" in field.name}
    assert found["general.name"] == "org/My Model"
    assert "renamed" not in str(found)
    assert run("convert", other, "--name", "two\nlines")[0] == 2


@pytest.mark.parametrize(
    ("name", "file_name"),
    [
        ("my-mmproj", "my-mm-proj-BF16.gguf"),
        ("mtp-gemma", "mtp_gemma-BF16.gguf"),
        ("with-imatrix", "with-i-matrix-BF16.gguf"),
        ("m-00001-of-00002", "m-00001_of_00002-BF16.gguf"),
        ("a\nb", "a-b-BF16.gguf"),
    ],
)
def test_no_file_looks_like_another_kind_of_file(name, file_name, model, run):
    """llama.cpp's tools tell projectors, drafts, matrices and parts by their names."""
    folder = model.rename(model.with_name(name))
    assert run("convert", folder)[0] == 0
    assert {path.name for path in folder.parent.iterdir()} == {name, file_name}


def test_inspect_shows_a_broken_folder_too(model, run):
    (model / "model.safetensors").unlink()
    code, out, err = run("inspect", model)
    assert (code, err) == (0, "")
    assert "✗ " in out
    code, out, _ = run("inspect", model, "--json")
    assert (code, json.loads(out)["can_convert"]) == (0, False)


def test_inspect_writes_nothing(model, run):
    before = sorted(model.parent.rglob("*"))
    run("inspect", model)
    assert sorted(model.parent.rglob("*")) == before


@pytest.mark.parametrize("output_type", OutputType)
def test_convert_writes_beside_the_folder(output_type, model, run):
    code, out, err = run("convert", model, "--type", output_type)
    name = FILE_NAMES.get(output_type, output_type.upper())
    target = model.parent / f"tiny-tied-{name}.gguf"
    assert (code, err) == (0, "")
    assert f"Wrote {target} (" in out
    assert types_of(target)["blk.0.attn_q.weight"] == ROWS_OF_128.get(output_type, name)
    assert {path.name for path in model.parent.iterdir()} == {model.name, target.name}


def types_of(path):
    return {tensor.name: tensor.tensor_type.name for tensor in QuickReader(path).tensors}


@pytest.mark.parametrize(
    ("folder", "choice", "has_head"),
    [
        ("copied_folder", "auto", False),
        ("copied_folder", "share", False),
        ("copied_folder", "keep", True),
        ("changed_folder", "auto", True),
        ("changed_folder", "share", False),
        ("changed_folder", "keep", True),
    ],
)
def test_lm_head(folder, choice, has_head, request, tmp_path, run):
    target = tmp_path / "model.gguf"
    code, out, _ = run("convert", request.getfixturevalue(folder), "--lm-head", choice, "-o", target)
    assert code == 0
    assert "lm_head: " in out
    assert ("output.weight" in types_of(target)) is has_head


@pytest.mark.parametrize("folder", ["a folder", "a new name", "a relative name"])
def test_output(folder, model, tmp_path, run, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    chosen, expected = {
        "a folder": (tmp_path / "out", tmp_path / "out" / "tiny-tied-BF16.gguf"),
        "a new name": (tmp_path / "out" / "new.gguf", tmp_path / "out" / "new.gguf"),
        "a relative name": (Path("new.gguf"), tmp_path / "new.gguf"),
    }[folder]
    code, out, _ = run("convert", model, "-o", chosen)
    assert code == 0
    assert f"Wrote {expected} (" in out
    assert expected.is_file()


def test_a_hub_snapshot_is_converted_to_the_working_folder(model, tmp_path, run, monkeypatch):
    snapshots = tmp_path / "models--someone--some-model" / "snapshots"
    snapshots.mkdir(parents=True)
    model.rename(snapshots / "0123abc")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("convert", snapshots / "0123abc")[0] == 0
    assert [path.name for path in Path().iterdir()] == ["some-model-BF16.gguf"]


def test_an_existing_file_is_kept_unless_told(model, tmp_path, run):
    target = tmp_path / "model.gguf"
    target.write_text("precious")
    expect_refusal(run("convert", model, "-o", target), "already exists")
    assert target.read_text() == "precious"
    assert run("convert", model, "-o", target, "--overwrite")[0] == 0
    assert types_of(target)


@pytest.mark.parametrize("name", ["x" * 300, "missing/model.gguf", "tiny-tied/model.gguf", "tiny-tied"])
def test_outputs_that_cannot_work(name, model, tmp_path, run):
    expect_refusal(run("convert", model, "-o", tmp_path / name))
    assert list(tmp_path.iterdir()) == [model]


def test_report(model, tmp_path, run):
    target, report = tmp_path / "model.gguf", tmp_path / "report.json"
    assert run("convert", model, "-o", target, "--report", report)[0] == 0
    data = json.loads(report.read_text())
    assert data["file"]["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["there.json", "folder", "model.gguf", "tiny-tied/config.json", "missing/report.json"])
@pytest.mark.parametrize("options", [[], ["--overwrite"]])
def test_a_report_that_would_do_harm_is_refused_before_the_work(name, options, model, tmp_path, run):
    (tmp_path / "there.json").write_text("precious")
    (tmp_path / "folder").mkdir()
    before = (model / "config.json").read_text()
    outcome = run("convert", model, "-o", tmp_path / "model.gguf", "--report", tmp_path / name, *options)
    if (name, options) == ("there.json", ["--overwrite"]):
        assert outcome[0] == 0
        assert json.loads((tmp_path / name).read_text())
        return
    expect_refusal(outcome)
    assert (model / "config.json").read_text() == before
    assert (tmp_path / "there.json").read_text() == "precious"
    assert not (tmp_path / "model.gguf").exists()


def test_convert_as_json(model, tmp_path, run):
    target = tmp_path / "model.gguf"
    code, out, err = run("convert", model, "-o", target, "--json")
    data = json.loads(out)
    assert (code, err) == (0, "")
    assert data["file"]["name"] == "model.gguf"
    assert data["file"]["byte_count"] == target.stat().st_size


@pytest.mark.parametrize("command", ["inspect", "convert"])
def test_findings_come_with_the_gravest_first(command, model, run):
    (model / "chat_template.jinja").write_bytes(b"\xff")  # a warning; the folder has a note too
    _, out, _ = run(command, model)
    marks = [line[0] for line in out.splitlines() if line[:2] in ("· ", "! ", "✗ ")]
    assert marks == sorted(marks, key="✗!·".index)
    assert {"!", "·"} <= set(marks)


def test_sample(run, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, err = run("--sample")
    (target,) = tmp_path.rglob("*.gguf")
    assert (code, err) == (0, "")
    assert out.startswith("mlx-ferry-sample\n")
    assert f"Wrote {target} (" in out
    assert SAMPLE.endswith(target.name.removesuffix("-BF16.gguf"))


def test_architectures_lists_every_model_type(run):
    code, out, _ = run("architectures")
    assert code == 0
    assert all(model_type in out for family in ARCHITECTURES for model_type in family.model_types)
    listed = json.loads(run("architectures", "--json")[1])
    assert len(listed) == len(ARCHITECTURES)


def test_the_layout_can_be_said(model, run):
    code, out, _ = run("inspect", model, "--layout", "huggingface", "--json")
    assert code == 0
    assert json.loads(out)["layout"] == "huggingface"
    assert json.loads(run("inspect", model, "--json")[1])["layout"] == "mlx"


def test_types_of_single_tensors(model, tmp_path, run):
    (tmp_path / "types.txt").write_text("attn=q5_0  # all of them\nffn_up=q4_0\n")
    choices = ["--tensor-type", "attn_v=q8_0", "--tensor-type", "ffn_down=q6_k"]
    target = tmp_path / "model.gguf"
    code, _, err = run("convert", model, *choices, "--tensor-types", tmp_path / "types.txt", "-o", target)
    assert (code, err) == (0, "")
    types = types_of(target)
    assert {types[f"blk.0.{name}.weight"] for name in ("attn_q", "attn_k", "attn_output")} == {"Q5_0"}
    assert [types[f"blk.3.{name}.weight"] for name in ("attn_v", "ffn_down", "ffn_up", "ffn_gate")] == [
        *("Q8_0", "Q6_K", "Q4_0", "BF16")
    ]


def test_types_of_single_tensors_that_cannot_be(model, tmp_path, run):
    code, _, err = run("convert", model, "--tensor-type", "attn_v=q4_k_m")
    assert code == 2
    assert "'q4_k_m' is not a type that a tensor can have. The types are f32" in err
    (tmp_path / "types.txt").write_text("attn_v\n")
    expect_refusal(run("inspect", model, "--tensor-types", tmp_path / "types.txt"), "types.txt, line 1")
    expect_refusal(
        run("convert", model, "--tensor-type", "attn_v=q6_k"), "5 more tensors that attn_v=q6_k matches cannot be Q6_K"
    )


@pytest.mark.parametrize(
    "arguments", [["--type", "q8_0,Q4_0,f16"], ["--type=q8_0", "--type", "q4_0, f16", "--type=q8_0"]]
)
def test_several_types_in_one_go(arguments, model, tmp_path, run):
    (tmp_path / "out").mkdir()
    code, out, err = run("convert", model, *arguments, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    names = [f"tiny-tied-{kind}.gguf" for kind in ("Q8_0", "Q4_0", "F16")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    assert [line.split(" (")[0] for line in out.splitlines() if line.startswith("Wrote")] == [
        f"Wrote {tmp_path / 'out' / name}" for name in names
    ]
    for name, kind in zip(names, ("Q8_0", "Q4_0", "F16"), strict=True):
        assert types_of(tmp_path / "out" / name)["blk.0.attn_q.weight"] == kind


def test_several_types_as_json_and_in_the_report(model, tmp_path, run):
    report = tmp_path / "report.json"
    code, out, err = run("convert", model, "--type", "q8_0,q4_0", "--json", "--report", report)
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert [one["output_type"] for one in data] == ["q8_0", "q4_0"]
    for one in data:
        file = model.parent / one["file"]["name"]
        assert one["file"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert json.loads(report.read_text()) == data


def test_types_of_one_name_get_names_of_their_own(model, run):
    assert run("convert", model, "--type", "auto,bf16", "--json")[0] == 0
    names = {path.name for path in model.parent.glob("*.gguf")}
    assert names == {f"{model.name}-BF16-auto.gguf", f"{model.name}-BF16.gguf"}


def test_several_types_that_cannot_be(model, tmp_path, run):
    before = sorted(tmp_path.rglob("*"))
    expect_refusal(
        run("convert", model, "--type", "q8_0,q4_0", "-o", tmp_path / "model.gguf"), "is not an existing folder"
    )
    expect_refusal(run("convert", model, "--type", "q8_0,q4_0", "--report", tmp_path / "tiny-tied-Q4_0.gguf"), "report")
    assert run("convert", model, "--type", "q8_0,q9")[0] == 2
    assert run("convert", model, "--type", "q8_0,")[0] == 2
    assert run("inspect", model, "--type", "q8_0,q4_0")[0] == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_a_finding_of_one_type_among_several_names_it(tmp_path, run):
    folder = gemma3_folder(tmp_path / "quantized", quantize=lambda _: True)
    code, out, _ = run("convert", folder, "--type", "lossless,q4_0")
    assert code == 0
    assert "! q4_0: " in out
    assert "quantized tensors keep their values" in out.partition("· lossless: ")[2].replace("\n", " ")


def test_an_importance_matrix(model, tmp_path, run):
    shapes = shapes_of(plan_of(model, "q4_0"))
    imatrix = write_imatrix(tmp_path / "imatrix.gguf", entries_for(shapes))
    code, out, err = run("convert", model, "--type", "q4_0", "--imatrix", imatrix, "-o", tmp_path / "model.gguf")
    assert (code, err) == (0, "")
    assert f"· imatrix.gguf covers {len(shapes)} of the {len(shapes)} tensors" in out
    fields = QuickReader(tmp_path / "model.gguf").fields
    assert fields["quantize.imatrix.file"].contents() == "imatrix.gguf"
    data = json.loads(run("inspect", model, "--type", "q4_0", "--imatrix", imatrix, "--json")[1])
    assert data["imatrix"]["entry_count"] == len(shapes)


def test_an_importance_matrix_that_cannot_be_used(model, tmp_path, run):
    (tmp_path / "old.dat").write_bytes(b"\1\0\0\0\3\0\0\0abc")
    expect_refusal(
        run("convert", model, "--imatrix", tmp_path / "old.dat"),
        "old.dat is an importance matrix in llama.cpp's old format",
    )
    expect_refusal(run("convert", model, "--imatrix", model / "config.json"), "not an importance matrix")
    expect_refusal(run("inspect", model, "--imatrix", tmp_path / "missing.gguf"), "cannot be read")
    expect_refusal(run("convert", model, "--tensor-type", "ffn_down=iq2_xxs"), "needs an importance matrix")
