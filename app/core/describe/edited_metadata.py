"""What a person chose for keys of the header, in words."""

from collections.abc import Sequence

from app.core.plan.header.metadata_entry import MetadataEntry
from app.core.text import Text, text


def edit_rows(edits: Sequence[MetadataEntry]) -> list[tuple[Text, Text]]:
    """A title and a text for each key that a person chose."""
    return [(text("Metadata"), _in_words(edit)) for edit in edits]


def _in_words(edit: MetadataEntry) -> Text:
    if not edit.value:
        return text("{key}: left out", key=edit.key)
    value = ", ".join(edit.value) if isinstance(edit.value, tuple) else edit.value
    return text("{key}: {value}", key=edit.key, value=value)
