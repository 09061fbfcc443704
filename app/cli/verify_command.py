"""verify: any GGUF file against the folder that it is said to come from."""

from argparse import Namespace
from contextlib import closing

from app.cli.output import say
from app.cli.progress_bar import ProgressBar
from app.core.convert import prepare
from app.core.describe.plan_json import as_json
from app.core.errors import PlanError
from app.core.model.fine_tunes import open_fine_tune
from app.core.model.identify import identify
from app.core.text import escaped, text
from app.core.verify import FileProof, file_data, header_in_words, prove_file, weights_in_words


def run_verify(arguments: Namespace) -> None:
    """Say what was proven of the file. Raises AppError, and for a file that is not sound PlanError."""
    checkpoint, adapters = open_fine_tune(arguments.folder, arguments.adapter)
    with closing(ProgressBar(not arguments.json, language=arguments.language)) as bar:
        proof = prove_file(prepare(identify(checkpoint, adapters), on_progress=bar), arguments.file, bar)
    say(as_json(file_data(proof)) if arguments.json else _in_words(proof, arguments))
    if not proof.is_sound:
        raise PlanError(text("The file did not pass the check."))


def _in_words(proof: FileProof, arguments: Namespace) -> str:
    lines = (*weights_in_words(proof.weights), *(header_in_words(proof.header) if proof.header else ()))
    return "\n".join(escaped(arguments.language(line)) for line in lines)
