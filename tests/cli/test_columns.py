"""Chinese takes two columns a sign, in tables, on a line of progress and in prose."""

import pytest

from app.cli.columns import LINE, cut, padded, width_of, wrapped

CHINESE = "没有词表模型就无法读写文本。"


@pytest.mark.parametrize(("said", "width"), [("", 0), ("model", 5), ("é", 1), ("词元", 4), ("GGUF 文件", 9), ("。", 2)])
def test_columns(said, width):
    assert width_of(said) == width


@pytest.mark.parametrize("said", ["model", "文件夹", "GGUF 文件"])
def test_what_is_padded_or_cut_fits(said):
    assert width_of(padded(said, 12)) == width_of(padded(said, 12, right=True)) == 12
    assert padded(said, 12).startswith(said)
    assert padded(said, 12, right=True).endswith(said)
    for width in range(width_of(said) + 1):
        assert said.startswith(cut(said, width))
        assert width - 1 <= width_of(cut(said, width)) <= width


@pytest.mark.parametrize("said", [CHINESE * 20, "words of prose " * 40, f"{CHINESE} llama.cpp " * 20])
def test_prose_fits_its_lines(said):
    lines = wrapped(said, "! ")
    assert len(lines) > 3
    assert max(map(width_of, lines)) <= LINE * 1.15  # by the average of the text
    assert "".join("".join(lines).removeprefix("!").split()) == "".join(said.split())
    assert all(line.startswith("  ") for line in lines[1:])


def test_nothing_has_no_lines():
    assert wrapped("", "! ") == []
