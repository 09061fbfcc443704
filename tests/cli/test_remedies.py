"""What a finding advises can be typed: the option is printed by the command line, and the core names none."""

import argparse
import ast
import json
import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from app.cli.parser import build_parser
from app.cli.remedies import option, with_options
from app.core.architectures import Layout
from app.core.errors import AppError
from app.core.findings import blocker
from app.core.ggml_types import TENSOR_TYPES, OutputType
from app.core.language import english, find_language
from app.core.plan import HeadChoice, PlanOptions, remedied
from app.core.plan.header.model_name import parse_name
from app.core.plan.types.tensor_choices import parse_choice
from app.core.remedies import (
    AddAdapter,
    Applicable,
    ChooseHead,
    ChooseImatrix,
    ChooseLayout,
    ChooseName,
    ChoosePreTokenizer,
    ChooseTensorType,
    ChooseType,
    LeaveOutImatrix,
    Remedy,
)
from app.core.text import text
from app.core.tokenizer.pre_tokenizer_table import pre_tokenizer_table
from tests.cli.expect_refusal import expect_refusal
from tests.core.tokenizer.unknown_pre_tokenizer import unknown_pre_tokenizer

PARSER = build_parser(english())
CORE = Path(app.__file__).parent / "core"


def names_of(parser=PARSER):
    """Every long option, whatever the command."""
    for action in parser._actions:
        yield from (name for name in action.option_strings if name.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from names_of(command)


def texts_in(source):
    """Strings that are no docstrings."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [node.value for node in strings if id(node) not in docstrings]


OURS = re.compile(rf"(?<![\w-])({'|'.join(sorted(set(names_of())))})(?![\w-])")


def test_the_core_names_no_option():
    texts = ((path, said) for path in CORE.rglob("*.py") for said in texts_in(path.read_text(encoding="utf-8")))
    assert [(path.relative_to(CORE), said) for path, said in texts if OURS.search(said)] == []


def test_an_option_would_be_found():
    assert OURS.search("choose it (--pre-tokenizer NAME)")
    assert OURS.search("Say --overwrite.")
    assert not OURS.search("mlx_lm.fuse --save-path OUT --dequantize, llama-quantize --tensor-type-file")
    assert texts_in('"""--name"""\nf"--name {x}"') == ["--name "]


def usable(parse):
    def try_it(value):
        try:
            return parse(value) is not None and value == value.strip()
        except AppError:
            return False

    return try_it


kinds = st.lists(st.sampled_from([kind.name for kind in TENSOR_TYPES]), min_size=1, unique=True).map(tuple)
patterns = st.text("abz_.^$ '\"-;|é\\", min_size=1, max_size=20).filter(
    usable(lambda text: parse_choice(f"{text}=f32"))
)
REMEDIES = {
    ChoosePreTokenizer: st.lists(st.sampled_from(pre_tokenizer_table().names), min_size=1).map(tuple),
    ChooseTensorType: st.tuples(patterns, kinds),
    ChooseHead: st.sampled_from(HeadChoice),
    ChooseLayout: st.sampled_from(Layout),
    ChooseType: st.sampled_from(OutputType),
    ChooseName: st.text(max_size=30).filter(lambda text: not text or usable(parse_name)(text)),
    AddAdapter: st.text("abz_ é'-/", max_size=20).map(lambda text: f"/{text}x"),
    ChooseImatrix: st.none(),
    LeaveOutImatrix: st.none(),
}


def made(kind, drawn):
    return kind(*drawn) if kind is ChooseTensorType else kind() if drawn is None else kind(drawn)


def test_every_kind_of_remedy_is_tried():
    assert set(REMEDIES) == set(Remedy.__args__)


@pytest.mark.parametrize("kind", REMEDIES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_the_option_is_accepted_and_does_what_the_remedy_says(kind, data):
    remedy = made(kind, data.draw(REMEDIES[kind]))
    typed = shlex.split(option(remedy))
    if kind is LeaveOutImatrix:
        assert typed[0] in names_of()
        return
    if len(getattr(remedy, "names", "1")) > 1:  # the person says which
        chosen = kind(*([remedy.pattern] if kind is ChooseTensorType else []), remedy.names[:1])
        typed = [word.replace("=TYPE", f"={remedy.names[0].lower()}") for word in typed]
        typed = [remedy.names[0] if word == "NAME" else word for word in typed]
        remedy = chosen
    for command in ("inspect", "convert"):
        found = PARSER.parse_args([command, "folder", *typed])
        if kind is ChooseImatrix:
            assert found.imatrix == Path("FILE")
        elif kind is AddAdapter:
            assert [one.path for one in found.adapter] == [Path(remedy.path)]
        else:
            assert_same(remedy, found)


def assert_same(remedy: Applicable, found):
    before = (parse_choice(f"{getattr(remedy, 'pattern', 'given')}=f32"),)
    options = remedied(remedy, PlanOptions(tensor_types=before))
    match remedy:
        case ChoosePreTokenizer():
            assert found.pre_tokenizer == options.pre_tokenizer != ""
        case ChooseTensorType():
            assert tuple(found.tensor_type) == options.tensor_types
        case ChooseHead():
            assert found.lm_head == options.head
        case ChooseLayout():
            assert found.layout == options.layout
        case ChooseType():
            assert found.type == [(options.output_type,)]
        case ChooseName():
            assert found.name == (options.name or "NAME")


def test_sentences_in_both_languages():
    remedies = (
        LeaveOutImatrix(),
        ChooseImatrix(),
        ChoosePreTokenizer(("a-b", "c")),
        ChooseTensorType("x", ("Q8_0", "F16")),
    )
    advice = with_options(blocker("code", text("nothing"), "", text("Choose to share the embedding."), "", remedies))
    assert advice == (
        "Choose to share the embedding. Leave out --imatrix. Or use --imatrix FILE. Or use --pre-tokenizer NAME. "
        "NAME is one of a-b, c. Or use --tensor-type x=TYPE. TYPE is one of q8_0, f16."
    )
    chinese = find_language(["zh_CN"])(advice)
    assert chinese.startswith("请选择共享嵌入矩阵。请去掉 --imatrix。")
    assert "a-b, c。" in chinese


@pytest.fixture
def unknown(model):
    return unknown_pre_tokenizer(model)


def test_what_stops_says_the_option_and_the_names(unknown, run):
    code, out, _ = run("inspect", unknown)
    assert code == 0
    refusal = run("convert", unknown)
    expect_refusal(refusal, "has no pre-tokenizer")
    for printed in (out, refusal[2]):
        lines = printed.splitlines()
        assert any(
            line.startswith("  If you know the right one, choose it. Use --pre-tokenizer NAME.") for line in lines
        )
        shown = " ".join(line.strip() for line in lines)
        assert ", ".join(pre_tokenizer_table().names) in shown
        assert max(len(line) for line in lines if "deepseek" in line) <= 100
    assert run("convert", unknown, "--pre-tokenizer", "qwen2")[0] == 0


def test_json_says_what_can_be_done(unknown, run):
    found = json.loads(run("inspect", unknown, "--json")[1])["findings"]
    remedies = {finding["code"]: finding["remedies"] for finding in found}
    names = list(pre_tokenizer_table().names)
    assert remedies["unknown-pre-tokenizer"] == [{"kind": "choose-pre-tokenizer", "names": names}]
    assert [] in remedies.values()
