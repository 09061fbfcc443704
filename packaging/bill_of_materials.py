"""What the app consists of, for whoever has to know: a CycloneDX list of packages, versions and licences.

python packaging/bill_of_materials.py FILE.cdx.json
"""

import argparse
import json
from pathlib import Path

from app.core.licences import Part, normalized, parts

SPECIFICATION = "1.6"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.parse_args().file.write_text(json.dumps(bill(parts()), indent=2) + "\n", encoding="utf-8")


def bill(found: tuple[Part, ...]) -> dict[str, object]:
    """The first part is the app."""
    app, *others = map(component, found)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {"component": {**app, "type": "application"}},
        "components": others,
    }


def component(part: Part) -> dict[str, object]:
    name = normalized(part.name)
    return {
        "type": "library",
        "bom-ref": f"{name}@{part.version}",
        "name": part.name,
        "version": part.version,
        "purl": f"pkg:pypi/{name}@{part.version}",
        "licenses": [{"license": {"name": part.licence}}],
    }


if __name__ == "__main__":
    main()
