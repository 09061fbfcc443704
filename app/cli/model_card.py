"""--card: a model card beside the files, and the commands that upload them."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.convert import WrittenFile, check_target, is_same_place
from app.core.errors import TargetError
from app.core.plan import ConversionPlan, Prepared, plan_paths
from app.core.text import escaped, text

if TYPE_CHECKING:
    from app.core.verify.results.report import VerificationReport


def check_card(
    plans: Sequence[ConversionPlan], targets: Sequence[Path], model_folder: Path, arguments: Namespace
) -> None:
    """Before the work: refuse a card that would replace something. Raises TargetError."""
    if not arguments.card:
        return
    from app.core.deliver.model_card import card_path

    path = card_path(targets[0].absolute().parent)
    others = [file for plan, target in zip(plans, targets, strict=True) for file in plan_paths(plan, target)]
    others += [arguments.report] if arguments.report else []
    if any(is_same_place(path, other.absolute()) for other in others):
        raise TargetError(
            text("{path} is the name of the model card.", path=path), text("Choose another name, or leave out --card.")
        )
    check_target(path, model_folder, 0, arguments.overwrite)


def write_card(
    prepared: Prepared,
    plans: Sequence[ConversionPlan],
    written: Sequence[WrittenFile],
    reports: Sequence["VerificationReport"],
    arguments: Namespace,
) -> str:
    """The card, where it was asked for; what is to be said of it, else nothing. Raises TargetError."""
    if not arguments.card:
        return ""
    from app.core.deliver.model_card import CardFile, upload_commands, write_model_card

    checked: Sequence[VerificationReport | None] = reports or [None] * len(plans)
    files = [CardFile(*one) for one in zip(plans, written, checked, strict=True)]
    path = write_model_card(prepared.model.checkpoint, files, arguments.overwrite, arguments.language)
    title = text("The model card:")  # the path is not part of the text, which would shorten a long one
    how = text("To upload everything to Hugging Face, put the name of your account there for YOU:")
    lines = [
        f"{arguments.language(title)} {path}",
        arguments.language(how),
        *(f"  {line}" for line in upload_commands(files)),
    ]
    return "\n".join(map(escaped, lines))
