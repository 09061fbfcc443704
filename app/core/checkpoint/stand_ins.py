"""Files that stand in for what a model needs: Git LFS pointers, web pages, links that lead nowhere or elsewhere."""

import stat
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

from app.core.checkpoint.folder import leads_out, open_own
from app.core.findings import Finding, blocker, warning
from app.core.text import Text, counted, text

# Whoever clones without git-lfs has these: github.com/git-lfs/git-lfs docs/spec.md, "less than 1024 bytes"
POINTER = b"version https://git-lfs.github.com/spec/"
POINTER_LIMIT = 1024
WEB_PAGES = (b"<!doctype html", b"<html")


class StandIn(Enum):
    """What a file is instead of itself. The value is the code of the finding."""

    POINTER = "lfs-pointer"
    WEB_PAGE = "web-page"
    FOREIGN_LINK = "link-leads-out"
    BROKEN_LINK = "broken-link"


def stand_in(path: Path) -> StandIn | None:
    """What is in the place of a file; None for a file that is one, or that is not there."""
    try:
        if path.is_symlink() and not path.exists():
            return StandIn.BROKEN_LINK
        status = path.stat()
        if leads_out(path):
            return StandIn.FOREIGN_LINK if stat.S_ISREG(status.st_mode) else None
        if not stat.S_ISREG(status.st_mode):
            return None
        with open_own(path) as stream:
            start = stream.read(len(POINTER)).lower()
    except OSError:
        return None  # whoever reads the file says what is wrong with it
    if start == POINTER and status.st_size < POINTER_LIMIT:
        return StandIn.POINTER
    return StandIn.WEB_PAGE if start.lstrip().startswith(WEB_PAGES) else None


def explain_stand_ins(
    folder: Path, needed: Iterable[str], texts: Iterable[str], beside: Iterable[str]
) -> tuple[list[Finding], set[str]]:
    """One finding for each kind, and the names of all such files.

    It stops where one of the `needed` files is among them, or one of the `texts` is there with the text of something
    else; else it warns.
    """
    needed, texts = set(needed), set(texts)
    found: dict[StandIn, list[str]] = {}
    for name in sorted(needed) + sorted(texts | set(beside)):
        kind = stand_in(folder / name)
        if kind is not None:
            found.setdefault(kind, []).append(name)
    findings = []
    for kind, names in found.items():
        critical = needed | texts if kind in (StandIn.POINTER, StandIn.WEB_PAGE) else needed
        findings.append(_finding(kind, names, stops=not critical.isdisjoint(names)))
    return findings, {name for names in found.values() for name in names}


def _finding(kind: StandIn, names: list[str], stops: bool) -> Finding:
    what, advice = _WORDS[kind]
    meaning = (
        text("What it should hold is missing.") if stops else text("It is ignored: the model is whole without it.")
    )
    return (blocker if stops else warning)(kind.value, what(names), meaning, advice, names[0])


def _pointers(names: list[str]) -> Text:
    return counted(
        "{file} is a Git LFS pointer, not the file itself.",
        "{count:,} files are Git LFS pointers, not the files themselves: {file} and others.",
        len(names),
        file=names[0],
    )


def _web_pages(names: list[str]) -> Text:
    return counted(
        "{file} is a web page, not the file itself.",
        "{count:,} files are web pages, not the files themselves: {file} and others.",
        len(names),
        file=names[0],
    )


def _foreign_links(names: list[str]) -> Text:
    return counted(
        "{file} is a link that leads out of the model folder.",
        "{count:,} files are links that lead out of the model folder: {file} and others.",
        len(names),
        file=names[0],
    )


def _broken_links(names: list[str]) -> Text:
    return counted(
        "{file} is missing: the link to it is broken.",
        "{count:,} files are missing, because the links to them are broken: {file} and others.",
        len(names),
        file=names[0],
    )


_WORDS: dict[StandIn, tuple[Callable[[list[str]], Text], Text]] = {
    StandIn.POINTER: (
        _pointers,
        text(
            "Run git lfs install and git lfs pull in the folder, or download the model again with hf download, "
            "which needs no Git."
        ),
    ),
    StandIn.WEB_PAGE: (
        _web_pages,
        text(
            "Download the model again with hf download. A gated model needs hf auth login first, and a page's "
            "address in a browser gives the page, not the file."
        ),
    ),
    StandIn.FOREIGN_LINK: (
        _foreign_links,
        text(
            "Links that lead out are not followed. Open the folder that holds the files, or copy it with cp -RL, "
            "which puts files in the place of links."
        ),
    ),
    StandIn.BROKEN_LINK: (
        _broken_links,
        text(
            "Copy the folder again from where it is whole, with cp -RL, which puts files in the place of links, or "
            "download the model again."
        ),
    ),
}
