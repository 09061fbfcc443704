"""Does a chat template render, and is it the usual one of its model?"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.core.checkpoint import Checkpoint
from app.core.findings import Finding, info, warning
from app.core.resources import resource_path
from app.core.sandbox import SandboxError, run_in_sandbox
from app.core.text import counted, reason_of, text
from app.core.tokenizer.added_tokens import KINDS, text_of

SECONDS = 10.0  # for all of a folder; a sound one takes 0.2 s, start of the process included
MEMORY_BYTES = 512 << 20
CONVERSATION = [
    {"role": "user", "content": "Hello, who are you?"},
    {"role": "assistant", "content": "I am an assistant."},
    {"role": "user", "content": "What is 2 + 2?"},
]


@dataclass(frozen=True)
class Rendered:
    """The conversation as the usual template writes it, None where it does not; and what was found."""

    text: str | None = None
    findings: tuple[Finding, ...] = ()


def check_templates(checkpoint: Checkpoint) -> Rendered:
    """Render two turns with each template, in a process of its own: a template is hostile input."""
    files = checkpoint.tokenizer
    if files.chat_template is None:
        return Rendered(findings=(_no_template(),) if not files.named_templates else ())
    until = time.monotonic() + SECONDS
    usual_text, findings = _render(files.chat_template, checkpoint, SECONDS)
    for number, (name, template) in enumerate(files.named_templates.items()):
        left = until - time.monotonic()
        if left <= 0:
            findings.append(_not_tried(len(files.named_templates) - number))
            break
        findings += _render(template, checkpoint, left, name)[1]
    usual = usual_templates().get(checkpoint.model_type or "")
    if usual is not None and template_digest(files.chat_template) not in usual:
        findings.append(_unusual(files.chat_template_source))
    return Rendered(usual_text, tuple(findings))


def _render(
    template: str, checkpoint: Checkpoint, seconds: float, name: str | None = None
) -> tuple[str | None, list[Finding]]:
    """With the name of one that is not the usual one."""
    try:
        return rendered(template, checkpoint, CONVERSATION, seconds), []
    except SandboxError as error:
        return None, [_does_not_render(checkpoint.tokenizer.chat_template_source, name, reason_of(error))]


def rendered(template: str, checkpoint: Checkpoint, messages: list[dict[str, str]], seconds: float) -> str:
    """A conversation as a template writes it, up to where the model answers. Raises SandboxError."""
    config = checkpoint.tokenizer.tokenizer_config
    variables = {f"{kind}_token": text_of(config.get(f"{kind}_token")) for kind in KINDS}
    request = {
        "template": template,
        "variables": {**variables, "messages": messages, "add_generation_prompt": True, "tools": None},
    }
    return str(run_in_sandbox("render", request, seconds=seconds, memory_bytes=MEMORY_BYTES)["text"])


def template_digest(template: str) -> str:
    """sha256, without regard to space at the ends."""
    return hashlib.sha256(template.strip().encode("utf-8", "surrogatepass")).hexdigest()


@cache
def usual_templates() -> Mapping[str, frozenset[str]]:
    """model_type → digests of the templates that its publishers gave it."""
    raw = json.loads(resource_path("chat_templates.json").read_text(encoding="utf-8"))
    return {model_type: frozenset(digests) for model_type, digests in raw.items()}


def _no_template() -> Finding:
    return warning(
        "no-chat-template",
        text("The folder has no chat template."),
        text("That is fine for a base model. For a chat model, programs would have to guess the prompt format."),
        text("If this is a chat model, copy chat_template.jinja from its base model."),
    )


def _does_not_render(source: str, name: str | None, reason: str) -> Finding:
    return warning(
        "chat-template-does-not-render",
        text("The chat template ({file}) was tried with two turns; {reason}.", file=source, reason=reason)
        if name is None
        else text("The chat template {name!r:.40} was tried with two turns; {reason}.", name=name, reason=reason),
        text("It is carried over unchanged. A program that uses it may fail or ignore it."),
        text("Copy chat_template.jinja from the base model, unless this one is intended."),
        source if name is None else f"the chat template {name!r:.40}",
    )


def _not_tried(count: int) -> Finding:
    return warning(
        "chat-templates-not-tried",
        counted(
            "{count} chat template was not tried: those before took all of the {seconds:g} seconds.",
            "{count} chat templates were not tried: those before took all of the {seconds:g} seconds.",
            count,
            seconds=SECONDS,
        ),
        text("They are carried over unchanged. A program that uses one may fail or ignore it."),
        text("Check the templates that did not render."),
    )


def _unusual(source: str) -> Finding:
    return info(
        "unusual-chat-template",
        text("This chat template differs from the usual one of the model's family."),
        text("It is carried over. A newer version of the model, or a fine-tune, may have changed it on purpose."),
        subject=source,
    )
