"""A model card, README.md, for finished files: what the Hub reads at its head, and what people read below.

Format: huggingface.co/docs/hub/model-cards.
"""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import yaml

from app import __version__
from app.core.checkpoint import Checkpoint
from app.core.checkpoint.purpose import Task
from app.core.convert import WrittenFile
from app.core.convert.part_file import write_text
from app.core.describe.try_it import command
from app.core.human_text import bytes_in_words
from app.core.language import Language, english
from app.core.plan import ConversionPlan
from app.core.text import Text, counted, in_one_line, joined, text
from app.core.verify.results.report import VerificationReport
from app.core.verify.results.report_words import in_markdown, markdown_lines

HUB = "https://huggingface.co/"
# Key of the card, key of the file
TEXTS = {
    "license": "general.license",
    "license_name": "general.license.name",
    "license_link": "general.license.link",
}
LISTS = {"language": "general.languages", "datasets": "general.datasets"}
OTHER_FORMATS = ("mlx", "safetensors", "gguf")  # tags of the folder's files, not of these
PIPELINES = {Task.TEXT: "text-generation", Task.EMBEDDING: "feature-extraction", Task.RERANKING: "text-ranking"}


@dataclass(frozen=True)
class CardFile:
    """A finished model of the card; `report` where it was verified."""

    plan: ConversionPlan
    written: WrittenFile
    report: VerificationReport | None = None


def card_path(folder: Path) -> Path:
    """Where the Hub looks for a card."""
    return folder / "README.md"


def write_model_card(
    checkpoint: Checkpoint, files: Sequence[CardFile], overwrite: bool = False, language: Language | None = None
) -> Path:
    """Beside the first file; all are of one folder. Raises TargetError."""
    path = card_path(files[0].written.path.parent)
    write_text(path, model_card(checkpoint, files, language or english()), overwrite)
    return path


def model_card(checkpoint: Checkpoint, files: Sequence[CardFile], language: Language) -> str:
    """The whole text."""
    keys = {entry.key: entry.value for entry in files[0].plan.metadata}
    head = yaml.safe_dump(card_head(checkpoint, files), sort_keys=False, allow_unicode=True, width=1000)
    name = in_markdown(files[0].plan.model_name)
    parts = [
        f"---\n{head}---",
        f"# {name} GGUF",
        in_markdown(keys.get("general.description", "")),
        "\n".join(_table(files, language)),
        _title(text("How it was made"), language),
        "\n".join(_making(checkpoint, files, language)),
        *_proof(files, language),
        _title(text("Use"), language),
        f"```\n{_use(files[0])}\n```",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def card_head(checkpoint: Checkpoint, files: Sequence[CardFile]) -> dict[str, Any]:
    """What the Hub reads; keys that nothing is known for are left out."""
    plan = files[0].plan
    keys = {entry.key: entry.value for entry in plan.metadata}
    bases = [
        value.removeprefix(HUB)
        for key, value in keys.items()
        if key.startswith("general.base_model.") and key.endswith(".repo_url") and str(value).startswith(HUB)
    ]
    pipeline = checkpoint.model_card.get("pipeline_tag")
    tags = [tag for tag in keys.get("general.tags", ()) if tag.lower() not in OTHER_FORMATS and tag != pipeline]
    found = {
        "base_model": bases[0] if len(bases) == 1 else bases,
        "base_model_relation": "quantized" if bases else "",
        **{name: keys.get(key) for name, key in TEXTS.items()},
        **{name: list(keys.get(key, ())) for name, key in LISTS.items()},
        "library_name": "gguf",
        "pipeline_tag": pipeline if isinstance(pipeline, str) else PIPELINES[plan.task],
        "quantized_by": keys.get("general.quantized_by"),
        "tags": ["gguf", *dict.fromkeys(tags)],
    }
    return {name: value for name, value in found.items() if value}


def upload_commands(files: Sequence[CardFile]) -> tuple[str, ...]:
    """What to type to put the files and their card on the Hub; YOU stands for the name of an account there."""
    repository = shlex.quote(f"YOU/{_repository_name(files[0].plan.model_name)}-GGUF")
    paths = [path for one in files for path in one.written.paths]
    card = card_path(paths[0].parent)
    return tuple(f"hf upload {repository} {shlex.quote(str(path))} {shlex.quote(path.name)}" for path in (*paths, card))


def _repository_name(name: str) -> str:
    """Letters, digits, '-', '_' and '.', as the Hub has them."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in name)
    while ".." in plain or "--" in plain:
        plain = plain.replace("..", ".").replace("--", "-")
    return plain.strip("-.")[:80] or "model"


def _title(said: Text, language: Language) -> str:
    return f"## {language(said)}"


def _table(files: Sequence[CardFile], language: Language) -> Iterator[str]:
    titles = (text("File"), text("Type"), text("Size"), text("Bits per weight"))
    yield "| " + " | ".join(map(language, titles)) + " |"
    yield "|---" * len(titles) + "|"
    for one in files:
        plan = one.plan
        stored = sum(tensor.byte_count for tensor in plan.tensors)
        bits = 8 * stored / sum(prod(tensor.shape) for tensor in plan.tensors)
        size = language(bytes_in_words(plan.byte_count))
        if one.written.further:
            parts = counted("in {count:,} part", "in {count:,} parts", len(one.written.paths))
            size += f" {language(parts)}"
        cells = (in_markdown(one.written.path.name), plan.options.output_type.value, size, f"{bits:.2f}")
        yield "| " + " | ".join(cells) + " |"


def _making(checkpoint: Checkpoint, files: Sequence[CardFile], language: Language) -> Iterator[str]:
    """A line for each thing that decided what is in the files."""
    plan = files[0].plan
    yield in_markdown(
        language(
            text(
                "Converted by MLX Ferry {version} from the MLX folder {folder}, in one step.",
                version=__version__,
                folder=checkpoint.name,
            )
        )
    )
    lines: list[str] = []
    for one in files:
        types = Counter(tensor.type.name for tensor in one.plan.tensors).most_common()
        said = joined(", ", (text("{count:,} × {type}", count=count, type=kind) for kind, count in types))
        name = one.written.path.name
        lines.append(text("{file}: tensors {types}.", file=name, types=said))
    for adapter in plan.adapters:
        name = adapter.adapter.file.path.parent.name
        lines.append(text("With the adapter {name}, strength {strength:g}.", name=name, strength=adapter.strength))
    if plan.options.imatrix is not None:
        lines.append(text("With the importance matrix {name}.", name=plan.options.imatrix.file.path.name))
    yield ""
    yield from (f"- {in_markdown(language(line))}" for line in lines)


def _proof(files: Sequence[CardFile], language: Language) -> Iterator[str]:
    reports = [one.report for one in files if one.report is not None]
    if reports:
        yield _title(text("Verification"), language)
        yield from (markdown_lines(report, language) for report in reports)


def _use(one: CardFile) -> str:
    return in_one_line(command(one.plan.task, shlex.quote(one.written.path.name)))
