"""The chat templates of a folder, wherever they stand.

transformers 5 writes chat_template.jinja and, for named ones, additional_chat_templates/; before, a template stood in
tokenizer_config.json (one, or a list of named ones) or in chat_template.json. A file of its own comes first: so does
transformers (tokenization_utils_base.py, from_pretrained), and with it mlx-lm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.checkpoint.folder import leads_out
from app.core.checkpoint.folder_json import optional_object
from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, read_bytes
from app.core.findings import Finding, warning
from app.core.text import reason_of, text

JINJA, JSON, CONFIG, MORE = (
    "chat_template.jinja",
    "chat_template.json",
    "tokenizer_config.json",
    "additional_chat_templates",
)
DEFAULT = "default"
MOST_TEMPLATES = 64  # Command R has three, the most known


@dataclass(frozen=True)
class Templates:
    """The usual template, the file it stands in, and the named ones."""

    default: str | None = None
    source: str = ""
    named: Mapping[str, str] = field(default_factory=dict)


def find_templates(folder: Path, tokenizer_config: Mapping[str, Any], findings: list[Finding]) -> Templates:
    """The templates of the folder; what is wrong with them goes to `findings`."""
    inside = _by_name(tokenizer_config.get("chat_template"))
    beside, source = _beside(folder, findings)
    if DEFAULT in beside and DEFAULT in inside and beside[DEFAULT].strip() != inside[DEFAULT].strip():
        findings.append(_two_templates(source))
    found = {**inside, **beside}
    named = {name: template for name, template in found.items() if name != DEFAULT}
    if DEFAULT not in found:
        return Templates(named=named)
    return Templates(found[DEFAULT], source if DEFAULT in beside else CONFIG, named)


def _beside(folder: Path, findings: list[Finding]) -> tuple[dict[str, str], str]:
    """Templates in files of their own, by name, and the file of the usual one."""
    template = _read(folder / JINJA, findings)
    if template is None:
        return _by_name(optional_object(folder, JSON, findings).get("chat_template")), JSON
    # macOS puts ._NAME beside each file on a disk of another system
    more = [] if leads_out(folder / MORE) else sorted((folder / MORE).glob("[!.]*.jinja"))[:MOST_TEMPLATES]
    named = {path.stem: _read(path, findings) for path in more}
    return {**{name: one for name, one in named.items() if one is not None}, DEFAULT: template}, JINJA


def _by_name(value: Any) -> dict[str, str]:
    """One template, or a list of named ones."""
    if isinstance(value, str):
        return {DEFAULT: value}
    entries = value[:MOST_TEMPLATES] if isinstance(value, list) else []
    pairs = ((entry.get("name"), entry.get("template")) for entry in entries if isinstance(entry, dict))
    return {name: template for name, template in pairs if isinstance(name, str) and isinstance(template, str)}


def _read(path: Path, findings: list[Finding]) -> str | None:
    try:
        return read_bytes(path, MEBIBYTE).decode("utf-8")
    except FileNotFoundError:
        return None
    except (UnreadableJsonError, UnicodeDecodeError) as error:
        findings.append(
            warning(
                "bad-chat-template",
                text("{file} cannot be used: {reason}.", file=path.name, reason=reason_of(error)),
                text("The GGUF file will not contain this chat template; programs may then guess one."),
                text("Copy {file} again from where the model came from.", file=path.name),
                path.name,
            )
        )
        return None


def _two_templates(source: str) -> Finding:
    return warning(
        "two-chat-templates",
        text("{file} and tokenizer_config.json hold different chat templates.", file=source),
        text("The one in {file} is used, as mlx-lm does.", file=source),
        text("Delete the one that is out of date."),
        source,
    )
