"""What the program is made of, and under which licences: read from the installed packages, a frozen app's as well."""

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path

from app.core.resources import resource_path

OURS = "mlx-ferry"
TEXTS = "licences"  # in resources: of what brings none
REQUIREMENT = re.compile(r"([\w.-]+)\s*(?:\[([^]]*)\])?")
EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
LONGEST_NAME = 100  # a package may have its whole licence where its name should be

QT = ("LGPL-3.0.txt", "GPL-3.0.txt")
WITHOUT_TEXT = {
    "pyside6-essentials": QT,
    "sentencepiece": ("Apache-2.0.txt",),
    "shiboken6": QT,
    "tokenizers": ("Apache-2.0.txt",),
}


@dataclass(frozen=True)
class Part:
    """Something that the program consists of. `licence` is its name, `text` all of it."""

    name: str
    version: str
    licence: str
    text: str


def parts() -> tuple[Part, ...]:
    """This program first, then the others by name. Raises PackageNotFoundError where it is not installed."""
    found = sorted(map(_part, distributions()), key=lambda part: part.name.lower())
    others = sorted([*(part for part in found if part.name != OURS), *_within(found)], key=lambda one: one.name.lower())
    return (*(part for part in found if part.name == OURS), *others)


def distributions() -> Iterator[Distribution]:
    """The installed packages that this one needs, and those that they need; itself first.

    A marker is not looked at: what this system does not need is not installed.
    """
    waiting, seen = [(OURS, "")], set()
    while waiting:
        wanted = waiting.pop(0)
        if wanted in seen:
            continue
        seen.add(wanted)
        name, extra = wanted
        try:
            found = distribution(name)
        except PackageNotFoundError:
            if name == OURS:
                raise
            continue
        if not extra:
            yield found
        waiting += [need for line in found.requires or () for need in _needs(line, extra)]


def _needs(requirement: str, extra: str) -> Iterator[tuple[str, str]]:
    """(name, extra) of what a line asks for; of one for an extra only where that one is wanted."""
    wanted, _, marker = requirement.partition(";")
    for_extra = EXTRA.search(marker)
    if (for_extra[1] if for_extra else "") != extra:
        return
    match = REQUIREMENT.match(wanted)
    if match is not None:
        name = normalized(match[1])
        yield name, ""
        yield from ((name, one.strip()) for one in (match[2] or "").split(",") if one.strip())


def normalized(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _part(found: Distribution) -> Part:
    about = found.metadata  # read anew whenever it is asked for
    return Part(about["Name"], about["Version"], _licence_name(about), _text(found, about))


def _licence_name(about: PackageMetadata) -> str:
    named = about["License-Expression"] or about["License"] or ""  # None where there is none
    if named and len(named) <= LONGEST_NAME and "\n" not in named:
        return named
    listed = [one.rsplit(" :: ", 1)[-1] for one in about.get_all("Classifier") or [] if one.startswith("License ::")]
    return ", ".join(listed)


def _text(found: Distribution, about: PackageMetadata) -> str:
    listed = about.get_all("License-File") or ()
    texts = list(filter(None, (_file(found, name) for name in listed))) or _unlisted(found)
    ours = () if texts else WITHOUT_TEXT.get(normalized(about["Name"]), ())
    return "\n\n".join(dict.fromkeys([*texts, *map(_own_text, ours)]))


def _file(found: Distribution, name: str) -> str:
    """Of a name that the metadata has: since 2024 these files lie in a folder of their own."""
    try:
        return (found.read_text(f"licenses/{name}") or found.read_text(name) or "").strip()
    except UnicodeDecodeError:
        return ""


def _unlisted(found: Distribution) -> list[str]:
    """By their names; takes longer, for the list of all files has to be read."""
    files = [one for one in found.files or () if ".dist-info" in str(one) and LICENCE_FILE.search(one.name)]
    return [Path(str(one.locate())).read_text(encoding="utf-8", errors="replace").strip() for one in sorted(files)]


def _own_text(name: str) -> str:
    return resource_path(f"{TEXTS}/{name}").read_text(encoding="utf-8").strip()


def _within(found: list[Part]) -> Iterator[Part]:
    """What lies in packages or around them, and has no package of its own."""
    versions = {normalized(part.name): part.version for part in found}
    yield Part("Python", platform.python_version(), "PSF-2.0", _own_text("PSF-2.0.txt"))
    yield Part("llama.cpp, ggml", versions.get("xllamacpp", ""), "MIT", _own_text("ggml.txt"))
    qt = "\n\n".join(map(_own_text, QT))
    yield Part("Qt", versions.get("pyside6-essentials", ""), "LGPL-3.0-only", qt)
    if getattr(sys, "frozen", False):  # what starts the app
        terms = "GPL-2.0-or-later WITH Bootloader-exception"
        yield Part("PyInstaller", "", terms, _own_text("PyInstaller.txt"))
