"""The commands that show what a file can do, in llama.cpp's own programs."""

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
