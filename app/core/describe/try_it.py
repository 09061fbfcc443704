"""The command that shows what a file can do, in llama.cpp's own programs."""

from app.core.checkpoint.purpose import Task

COMMANDS = {
    Task.TEXT: "llama-cli -m {file}",
    Task.EMBEDDING: 'llama-embedding -m {file} -p "Hello"',
    Task.RERANKING: "llama-server -m {file} --reranking",
}


def command(task: Task, file: str) -> str:
    """What to type; `file` is written as a shell wants it."""
    return COMMANDS[task].replace("{file}", file)


def adapter_command(file: str) -> str:
    """The same for an adapter's own file, beside that of its base."""
    return f"llama-cli -m BASE.gguf --lora {file}"
