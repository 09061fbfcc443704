"""The commands that show what a file can do, in llama.cpp's own programs."""

import shlex
from pathlib import Path

from app.core.checkpoint.purpose import Task

# The one to try first, and the one that serves it to other programs
COMMANDS = {
    Task.TEXT: ("llama-cli -m {file}", "llama-server -m {file}"),
    Task.EMBEDDING: ('llama-embedding -m {file} -p "Hello"', "llama-server -m {file} --embedding"),
    Task.RERANKING: ("llama-server -m {file} --reranking",),
}


def command(task: Task, file: str) -> str:
    """What to type first; `file` is written as a shell wants it."""
    return commands(task, file)[0]


def commands(task: Task, file: str) -> tuple[str, ...]:
    """All that there is to type."""
    return tuple(one.replace("{file}", file) for one in COMMANDS[task])


def adapter_command(file: str) -> str:
    """The same for an adapter's own file, beside that of its base."""
    return f"llama-cli -m BASE.gguf --lora {file}"


def ollama_run(task: Task, name: str) -> str:
    """To talk with a model in Ollama; empty for one that does not talk."""
    return f"ollama run {shlex.quote(name)}" if task is Task.TEXT else ""


def ollama_create(name: str, modelfile: Path) -> str:
    """To make a model of a Modelfile there."""
    return f"ollama create {shlex.quote(name)} -f {shlex.quote(str(modelfile))}"
