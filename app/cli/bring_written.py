"""convert --to: files that were just converted, to where they are used, under their own names.

What knows the other programs is loaded only for who asks for them: each import is a part of the time to start.
"""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.cli.output import say
from app.cli.result import whole_in_any_case
from app.core.convert import WrittenFile
from app.core.convert.target import type_name
from app.core.plan import ConversionPlan

Bring = Callable[[WrittenFile, Sequence[str], Namespace], str]


def check_destination(plans: Sequence[ConversionPlan], targets: Sequence[Path], arguments: Namespace) -> None:
    """Refuse what cannot work before anything is converted. Raises AppError."""
    for plan, target in zip(plans, targets, strict=True) if arguments.to else ():
        if arguments.to == "lm-studio":
            from app.core.deliver.lm_studio import check_lm_studio

            check_lm_studio(target, arguments.overwrite)
        else:
            from app.core.deliver.model_file import name_without_type
            from app.core.deliver.ollama import check_ollama
            from app.core.deliver.ollama_name import usual_name_of

            kind = type_name(plan)
            check_ollama(usual_name_of(name_without_type(target, kind), kind), arguments.overwrite)


def bring_written(written: Sequence[WrittenFile], digests: Mapping[Path, str], arguments: Namespace) -> None:
    """`digests`: SHA-256 of files, where somebody has read them already. Raises AppError."""
    if not arguments.to:
        return
    bring = _way_to(arguments.to)
    for one in written:
        known = [digests[path] for path in one.paths] if all(map(digests.get, one.paths)) else []
        with whole_in_any_case((one,)):
            said = bring(one, known, arguments)
        if not arguments.json:
            say(said)


def _way_to(place: str) -> Bring:
    if place == "lm-studio":
        from app.cli.deliver_lm_studio import bring_to_lm_studio

        return bring_to_lm_studio
    from app.cli.deliver_ollama import bring_to_ollama

    return bring_to_ollama
