"""Keys of a header that describe a model to people, as a person wants them: general.*, with the types of the format.

Format: github.com/ggml-org/ggml, docs/gguf.md, "General metadata".
"""

import re
from collections.abc import Sequence

from gguf import GGUFValueType

from app.core.errors import PlanError
from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.text import text

PREFIX = "general."
TEXTS = (
    *("author", "version", "organization", "finetune", "basename", "description", "quantized_by", "size_label"),
    *("license", "license.name", "license.link", "url", "doi", "uuid", "repo_url"),
    *("source.url", "source.doi", "source.uuid", "source.repo_url"),
)
LISTS = ("tags", "languages", "datasets")
OF_ANOTHER = re.compile(r"(base_model|dataset)\.([0-9]|[1-9][0-9])\.(.+)")
OF_ANOTHER_TEXTS = ("name", "author", "version", "organization", "description", "url", "doi", "uuid", "repo_url")


def parse_entry(written: str) -> MetadataEntry:
    """'general.author=Me', or without 'general.'; a list has commas, no value takes a key away. Raises PlanError."""
    key, sign, value = (part.strip() for part in written.partition("="))
    if not (key and sign):
        raise PlanError(
            text("{entry!r:.80} is not of the form KEY=VALUE.", entry=written),
            text("Write KEY=VALUE, as in general.author=Me."),
        )
    key = key.removeprefix(PREFIX)
    _check_value(key, value)
    if key in LISTS:
        items = tuple(item for part in value.split(",") if (item := part.strip()))
        return MetadataEntry(PREFIX + key, items, GGUFValueType.ARRAY, GGUFValueType.STRING)
    if key in TEXTS or _is_of_another(key):
        return MetadataEntry(PREFIX + key, value, GGUFValueType.STRING)
    raise _refused(key)


def _check_value(key: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise PlanError(text("The value of {key!r:.80} is not text.", key=key), text("Write it in UTF-8.")) from None


def _is_of_another(key: str) -> bool:
    found = OF_ANOTHER.fullmatch(key)
    return found is not None and found[3] in OF_ANOTHER_TEXTS


def _refused(key: str) -> PlanError:
    if key == "name":
        return PlanError(text("The model's name is no such key."), text("The name has an option of its own."))
    another = "base_model.0.repo_url"
    return PlanError(
        text("{key!r:.80} is not a key that can be chosen.", key=PREFIX + key),
        text("These can: {keys}.", keys=", ".join((*TEXTS, *LISTS, another))),
    )


def edited(entries: tuple[MetadataEntry, ...], edits: Sequence[MetadataEntry]) -> tuple[MetadataEntry, ...]:
    """`entries` with the values of `edits` in their place, or at the end; without those whose value is empty."""
    found = {entry.key: entry for entry in entries}
    for edit in edits:
        if edit.value:
            found[edit.key] = edit
        else:
            found.pop(edit.key, None)
    for kind in ("base_model", "dataset"):
        if any(edit.key.startswith(f"{PREFIX}{kind}.") for edit in edits):
            _count(found, kind)
    return tuple(found.values())


def _count(found: dict[str, MetadataEntry], kind: str) -> None:
    """Set how many other models, or datasets, there are."""
    matches = (OF_ANOTHER.fullmatch(key.removeprefix(PREFIX)) for key in found)
    numbers = [int(match[2]) for match in matches if match and match[1] == kind]
    key = f"{PREFIX}{kind}.count"
    found.pop(key, None)
    if numbers:
        found[key] = MetadataEntry(key, max(numbers) + 1, GGUFValueType.UINT32)
