"""adapter: an adapter as a file of its own, for llama.cpp beside the base's file."""

import shlex
from argparse import Namespace
from contextlib import closing

from gguf import GGMLQuantizationType

from app.cli.card import finding_lines
from app.cli.progress_bar import ProgressBar
from app.cli.refused import RefusedError
from app.cli.result import tell, wrote
from app.core.convert import prepare_adapter, write_adapter
from app.core.convert.target import adapter_target
from app.core.describe.try_it import adapter_command
from app.core.plan.adapter import AdapterPlan
from app.core.plan.adapter.refusals import INSTEAD
from app.core.text import escaped, joined, text


def run_adapter(arguments: Namespace) -> None:
    """Write the adapter and say how it is used. Raises AppError."""
    language, kind = arguments.language, GGMLQuantizationType[arguments.type.upper()]
    with closing(ProgressBar(language=language)) as bar:
        plan = prepare_adapter(arguments.adapter, arguments.base, kind, bar)
    _refuse(plan)
    target = adapter_target(plan, arguments.adapter, arguments.output)
    with closing(ProgressBar(language=language)) as bar:
        written = write_adapter(plan, target, overwrite=arguments.overwrite, on_progress=bar)
    lines = [line for finding in plan.findings for line in finding_lines(finding, "", language)]
    use = language(text("Use it with the GGUF file of its base model:"))
    command = adapter_command(shlex.quote(str(written.path)))
    tell("\n".join([*lines, wrote(written, language), escaped(f"{use} {command}")]), (written,), language)


def _refuse(plan: AdapterPlan) -> None:
    """For the first thing that stops it."""
    for finding in plan.blockers[:1]:
        by_command = text("Use {command}.", command="mlx-ferry convert") if finding.advice == INSTEAD else ""
        raise RefusedError(finding.what, joined(" ", (finding.meaning, finding.advice, by_command)))
