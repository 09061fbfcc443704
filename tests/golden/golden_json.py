"""How references are written: a line for each key and each tensor, so that a difference shows where it lies.

    python -m tests.golden.golden_json

puts all of them into this form, after one was changed by hand.
"""

import json
from pathlib import Path
from typing import Any

GOLDENS = Path(__file__).parent


def golden_files() -> list[Path]:
    return sorted(GOLDENS.rglob("*.json"))


def write_golden(path: Path, content: Any) -> None:
    path.write_text(as_lines(content) + "\n", encoding="utf-8")


def as_lines(value: Any, indent: str = "") -> str:
    """Keys in their order, a line for each; so for lists of objects. All other lists stand on one line."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        lines = [f"{_on_one_line(key)}: {as_lines(value[key], inner)}" for key in sorted(value)]
        begin, end = "{}"
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        lines = [_on_one_line(item) for item in value]
        begin, end = "[]"
    else:
        return _on_one_line(value)
    return f"{begin}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{end}"


def _on_one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def main() -> None:
    for path in golden_files():
        write_golden(path, json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
