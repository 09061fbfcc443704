"""--card: README.md beside the files, refused beforehand where something is there already."""


def test_a_card_and_how_to_upload_it(model, run, tmp_path):
    (tmp_path / "out").mkdir()
    card = tmp_path / "out" / "README.md"
    chosen = ("--type", "bf16", "--split-max-size", "1M", "--metadata", "license=mit", "--card")
    code, out, err = run("convert", model, *chosen, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "license: mit\n" in card.read_text()
    assert "in 3 parts" in card.read_text()
    assert f"The model card: {card}\n" in out
    uploads = [line for line in out.splitlines() if line.startswith("  hf upload YOU/tiny-tied-GGUF ")]
    assert len(uploads) == 4
    assert uploads[-1].endswith(f"{card} README.md")


def test_a_card_that_is_there_is_kept_and_nothing_converted(model, run, tmp_path):
    (tmp_path / "out").mkdir()
    card = tmp_path / "out" / "README.md"
    card.write_text("mine")
    code, _, err = run("convert", model, "--card", "-o", tmp_path / "out")
    assert code == 1
    assert "README.md already exists" in err
    assert card.read_text() == "mine"
    assert [path.name for path in card.parent.iterdir()] == ["README.md"]


def test_no_other_file_is_the_card_too(model, run, tmp_path):
    code, _, err = run("convert", model, "--card", "-o", tmp_path / "x.gguf", "--report", tmp_path / "README.md")
    assert code == 1
    assert "is the name of the model card" in err
