"""The guide tells about everything that the program can find, in every language, and its links lead somewhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import app
from app.core.checkpoint.stand_ins import StandIn
from app.core.findings import MORE
from app.core.guide import read_guide, slug_of
from app.core.language import language_codes
from app.core.plan.head.lm_head import HeadKind
from tests.source_texts import constants_of

APP = Path(app.__file__).parent
FINDINGS = APP / "core" / "findings.py"
MAKERS = {"info", "warning", "blocker", "Finding"}
COMPUTED = {  # where a code is no literal: what it can be
    "checkpoint/stand_ins.py": {one.value for one in StandIn},
    "plan/head/lm_head_findings.py": {f"lm-head-{one.name.lower().replace('_', '-')}" for one in HeadKind},
    "tokenizer/end_tokens.py": {"bos-contradiction", "pad-contradiction"},
}


def makers_in(node: ast.expr) -> Iterator[str]:
    """The names that are called, either side of a choice."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.IfExp):
        yield from (*makers_in(node.body), *makers_in(node.orelse))


def code_arguments(tree: ast.AST) -> Iterator[ast.expr]:
    """What is given for a code, where a finding is made or changed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            is_maker = MAKERS & set(makers_in(node.func))
            named = [one.value for one in node.keywords if one.arg == "code" and {*makers_in(node.func)} & {"replace"}]
            yield from node.args[:1] if is_maker else named


def codes_of(path: Path) -> tuple[set[str], list[str]]:
    """The codes that a module writes out, and the expressions that stand for others."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants, codes, computed = constants_of(tree), set(), []
    for given in code_arguments(tree):
        value = constants.get(given.id, given) if isinstance(given, ast.Name) else given
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            codes.add(value.value)
        else:
            computed.append(ast.unparse(given))
    return codes, computed


@cache
def all_codes() -> list[str]:
    found = set().union(*COMPUTED.values())
    for path in sorted(APP.rglob("*.py")):
        if path != FINDINGS:
            codes, computed = codes_of(path)
            place = path.relative_to(APP / "core").as_posix() if path.is_relative_to(APP / "core") else path.name
            assert not computed or place in COMPUTED, f"{place}: which codes are {computed}?"
            found |= codes
    return sorted(found)


def test_makers_are_only_called():
    """One that is handed on could make findings that the search above does not see."""
    for path in sorted((APP / "core").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        taken = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "app.core.findings"
            for alias in node.names
        } & {"info", "warning", "blocker"}
        called = [name for node in ast.walk(tree) if isinstance(node, ast.Call) for name in makers_in(node.func)]
        used = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
        assert len([one for one in used if one in taken]) == len([one for one in called if one in taken]), path


@pytest.mark.parametrize("language", language_codes())
def test_every_finding_has_its_paragraph(language):
    guide = read_guide(language)
    assert [code for code in all_codes() if guide.about(code) is None] == []
    assert len(all_codes()) > 100


@pytest.mark.parametrize("language", language_codes())
def test_no_paragraph_is_about_what_is_never_found(language):
    written = [code for section in read_guide(language).sections for code in section.codes]
    assert sorted(written) == all_codes()


@pytest.mark.parametrize("language", language_codes())
def test_a_paragraph_says_something(language):
    for section in read_guide(language).sections:
        if section.codes:
            said = section.text.split("\n\n")
            assert len(said) >= 2, section.title
            assert len(said[1]) > 40, section.title


@pytest.mark.parametrize("language", language_codes())
def test_links_lead_to_a_section(language):
    guide = read_guide(language)
    slugs = [section.slug for section in guide.sections]
    assert len(set(slugs)) == len(slugs)
    targets = re.findall(r"(?<!!)\[[^]]*\]\(([^)]*)\)", guide.markdown)
    assert targets
    assert [one for one in targets if one.removeprefix("#") not in slugs] == []


def pictures_of(language):
    """What is said of each picture, and its file."""
    guide = read_guide(language)
    return [(said, guide.folder / name) for said, name in re.findall(r"!\[([^]]*)\]\(([^)]*)\)", guide.markdown)]


@pytest.mark.parametrize("language", language_codes())
def test_pictures_are_there_and_are_told_to_those_who_do_not_see_them(language):
    """Beside the guide, so that none is fetched from anywhere."""
    pictures = pictures_of(language)
    assert len(pictures) >= 6
    for said, path in pictures:
        assert len(said) >= 20
        assert path.parent.name == language
        assert path.read_bytes().startswith(b"\x89PNG")
    assert sorted(path for _, path in pictures) == sorted(
        (read_guide(language).folder / "pictures" / language).iterdir()
    )


def test_languages_have_the_same_pictures_in_the_same_places():
    def places(language):
        sections = enumerate(read_guide(language).sections)
        return [
            (number, Path(name).name) for number, one in sections for name in re.findall(r"!\[.*\]\((.*)\)", one.text)
        ]

    english, *others = map(places, language_codes())
    assert [one for one in others if one != english] == []


def test_pictures_take_little_room():
    paths = [path for language in language_codes() for _, path in pictures_of(language)]
    assert sum(path.stat().st_size for path in paths) < 1_500_000


def test_languages_tell_the_same():
    english, *others = (read_guide(language) for language in language_codes())
    for other in others:
        assert [(one.level, one.codes) for one in other.sections] == [
            (one.level, one.codes) for one in english.sections
        ]
        assert other.markdown != english.markdown


def test_what_stands_for_further_findings_has_the_same_paragraph():
    guide = read_guide("en")
    assert guide.about(f"bad-shard{MORE}") == guide.about("bad-shard")
    assert guide.about("never-found") is None


def test_a_language_without_a_guide_reads_the_english_one():
    assert read_guide("xx").markdown == read_guide("en").markdown


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Notes, one by one", "notes-one-by-one"), ("llama.cpp", "llamacpp"), ("大小、质量和内存", "大小质量和内存")],
)
def test_slugs_are_those_of_github(title, slug):
    assert slug_of(title) == slug


def test_headings_inside_of_code_are_none():
    assert all("#" not in section.title for section in read_guide("en").sections)
