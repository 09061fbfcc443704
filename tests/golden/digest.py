"""A GGUF file in digests: what is committed of a reference, and what a converted file is compared by."""

import hashlib
from typing import Any

import gguf

# Keys that name the file, its source or its licence, not the model.
ABOUT_THE_FILE = (
    "GGUF.",
    "general.name",
    "general.basename",
    "general.finetune",
    "general.version",
    "general.size_label",
    "general.license",
    "general.tags",
    "general.languages",
    "general.source.",
    "general.base_model.",
)


def about_the_model(keys: dict[str, Any]) -> dict[str, Any]:
    """Without the vocabulary's: tokenizers are compared elsewhere, but named templates also say what a model is for."""
    named = ("tokenizer.chat_templates", "tokenizer.chat_template.")
    return {key: value for key, value in keys.items() if not key.startswith("tokenizer.") or key.startswith(named)}


def digest_gguf(reader: gguf.GGUFReader) -> dict[str, Any]:
    """Keys with their types and values (long arrays as digests), tensors with type, shape and sha256."""
    fields = ((name, field) for name, field in reader.fields.items() if not name.startswith(ABOUT_THE_FILE))
    return {
        "keys": {name: _field(field) for name, field in sorted(fields, key=lambda pair: pair[0])},
        "tensors": {
            tensor.name: [
                tensor.tensor_type.name,
                [int(length) for length in reversed(tensor.shape)],
                hashlib.sha256(tensor.data.tobytes()).hexdigest(),
            ]
            for tensor in sorted(reader.tensors, key=lambda tensor: tensor.name)
        },
    }


def _field(field: Any) -> list[Any]:
    kinds = "/".join(kind.name for kind in field.types)
    if len(field.types) == 1 or len(field.data) <= 8:
        return [kinds, field.contents()]
    digest = hashlib.sha256()
    for index in field.data:
        item = bytes(field.parts[index])
        digest.update(len(item).to_bytes(8, "little") + item)
    return [kinds, len(field.data), digest.hexdigest()]
