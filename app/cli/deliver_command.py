"""deliver: bring a finished file to where it is used."""

from argparse import Namespace
from collections.abc import Callable, Mapping

from app.cli.deliver_lm_studio import to_lm_studio
from app.cli.deliver_ollama import to_llama_app, to_modelfile, to_ollama

RUN: Mapping[str, Callable[[Namespace], None]] = {
    "lm-studio": to_lm_studio,
    "ollama": to_ollama,
    "modelfile": to_modelfile,
    "llama-app": to_llama_app,
}


def run_deliver(arguments: Namespace) -> None:
    """Raises AppError, Cancelled."""
    RUN[arguments.to](arguments)
