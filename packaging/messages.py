"""Bring the catalogues of translations up to date: find every text in app/, merge, compile.

    make messages
    .venv/bin/python packaging/messages.py zh_CN

A language named begins its catalogue. Texts are the literals in calls of `text` and `counted`. A catalogue,
resources/locale/LANGUAGE/LC_MESSAGES/mlx_ferry.po, is edited by hand; the .mo beside it is made here.
"""

import argparse
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "resources" / "locale"
DOMAIN = "mlx_ferry"
KEYWORDS = {"text": None, "counted": (1, 2)}


def template() -> Catalog:
    """All texts of the program, in the order of the alphabet."""
    catalogue = Catalog(project="MLX Ferry", charset="utf-8", fuzzy=False)
    for file, _, message, comments, context in extract_from_dir(ROOT / "app", [("**.py", "python")], keywords=KEYWORDS):
        if message:
            catalogue.add(message, locations=[(f"app/{file}", 0)], auto_comments=comments, context=context)
    return catalogue


def po_file(code: str) -> Path:
    return LOCALE / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(code: str) -> Catalog:
    with po_file(code).open("rb") as stream:
        return read_po(stream, locale=code, domain=DOMAIN)


def compiled(catalogue: Catalog) -> bytes:
    stream = BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def save(catalogue: Catalog, code: str) -> None:
    path = po_file(code)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        write_po(stream, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=False)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", nargs="?")
    new = parser.parse_args().language
    found = template()
    codes = {path.name for path in LOCALE.iterdir()} if LOCALE.is_dir() else set()
    for code in sorted(codes | ({new} if new else set())):
        catalogue = read(code) if code in codes else _new(code)
        day = catalogue.creation_date
        catalogue.update(found, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.creation_date = day  # nothing new, nothing changed
        save(catalogue, code)
        to_do = sum(one.fuzzy or not _is_translated(one.string) for one in catalogue if one.id)
        print(f"{code}: {len(catalogue)} texts, {to_do} to do")


def _new(code: str) -> Catalog:
    catalogue = Catalog(
        locale=code,
        domain=DOMAIN,
        project="MLX Ferry",
        version="1",
        header_comment=f"# What MLX Ferry says, in {code}. `make messages` brings it up to date.",
        msgid_bugs_address="none",
        last_translator="MLX Ferry",
        language_team=code,
        fuzzy=False,
    )
    catalogue.revision_date = catalogue.creation_date
    return catalogue


def _is_translated(string: str | tuple[str, ...] | None) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
