"""Chat templates that would take all time, or all memory."""

from app.core.sandbox import run_in_sandbox

FOR_EVER = "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
ENDLESS = FOR_EVER + "{% endfor %}" * 3
DOUBLING = "{% set n = namespace(x='12345678') %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}"
MEBIBYTE = 1 << 20


def render(template, seconds=20.0, memory_bytes=512 * MEBIBYTE, **variables):
    request = {"template": template, "variables": variables}
    return run_in_sandbox("render", request, seconds=seconds, memory_bytes=memory_bytes)["text"]
