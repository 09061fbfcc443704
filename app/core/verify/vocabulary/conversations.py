"""The conversations that a chat template is tried with."""

from dataclasses import dataclass, field
from typing import Any

from app.core.text import Text, text

Messages = list[dict[str, Any]]

SYSTEM = {"role": "system", "content": "You are a helpful assistant. Answer in one sentence."}
QUESTION = {"role": "user", "content": "Hello, who are you?"}
CODE = """Why does this print “Ærøskøbing” & 'ok' twice?\n
```python
for name in ["<Ærøskøbing>", '"ok"']:\n\tprint(f"{name!r} \\\\ {{}} 🙂")
```
  {{ not_a_variable }} {% not a tag %} &amp; 日本語 </s>
"""
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a place, in °C & km/h",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string", "description": "Name of a town"},
                "days": {"type": "integer", "description": "How many days ahead"},
            },
            "required": ["place"],
        },
    },
}


@dataclass(frozen=True)
class Script:
    """Who says what; `tools` are those that the model is offered."""

    name: Text
    messages: Messages
    tools: list[dict[str, Any]] = field(default_factory=list)


SCRIPTS = (
    Script(text("A question"), [QUESTION]),
    Script(text("A system prompt and a question"), [SYSTEM, QUESTION]),
    Script(
        text("Two questions"),
        [
            QUESTION,
            {"role": "assistant", "content": "I am an assistant."},
            {"role": "user", "content": "What is 2 + 2?"},
        ],
    ),
    Script(
        text("Code and special characters"),
        [
            {"role": "user", "content": CODE},
            {"role": "assistant", "content": "Because of the loop:\n\n    two names\n"},
            {"role": "user", "content": "Спасибо! ¿Y <b>qué</b> más? ½ ≤ 1\n"},
        ],
    ),
)
WITH_TOOLS = Script(text("A question with a tool"), [{"role": "user", "content": "How warm is it in Oslo?"}], [TOOL])


def scripts_for(template: str) -> tuple[Script, ...]:
    """One with tools only where the template speaks of them."""
    return (*SCRIPTS, WITH_TOOLS) if "tools" in template else SCRIPTS
