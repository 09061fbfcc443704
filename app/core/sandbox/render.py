"""A chat template, rendered as transformers renders it (utils/chat_template_utils.py), in jinja2's sandbox."""

import json
from datetime import datetime
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.core.sandbox.failures import STOPS

TEXT_LIMIT = 1 << 20  # what is kept of the rendered text


class _Generation(Extension):
    """`{% generation %}` marks what the model wrote; here it changes nothing."""

    tags = {"generation"}  # noqa: RUF012 - jinja2 reads it like this

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def render(request: dict[str, Any]) -> dict[str, Any]:
    """`text`: the template of `request` with its variables."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals |= {"raise_exception": _raise, "strftime_now": lambda form: datetime.now().strftime(form)}
    try:
        text = environment.from_string(request["template"]).render(**request["variables"])
    except MemoryError:
        raise
    except TemplateError as error:
        return {"failure": STOPS, "details": f"{error.message or error!s:.300}"}
    except Exception as error:  # noqa: BLE001 - whatever a template makes Python raise; this process ends anyway
        return {"failure": STOPS, "details": f"{error!s:.300}"}
    return {"text": text[:TEXT_LIMIT]}


def _raise(message: str) -> None:
    raise TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Without the escapes for HTML that jinja2's own filter makes."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
