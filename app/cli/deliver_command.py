"""deliver: bring a finished file to where it is used."""

from argparse import Namespace

from app.cli.deliver_lm_studio import to_lm_studio
from app.cli.deliver_ollama import to_llama_app, to_modelfile, to_ollama
from app.cli.deliver_options import DESTINATIONS

RUN = dict(zip(DESTINATIONS, (to_lm_studio, to_ollama, to_modelfile, to_llama_app), strict=True))


def run_deliver(arguments: Namespace) -> None:
    """Raises AppError, Cancelled."""
    RUN[arguments.to](arguments)
