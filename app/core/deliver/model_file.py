"""A GGUF file that is to be delivered: what the program that takes it must be told, out of the file's own header."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gguf import LlamaFileType

from app.core.checkpoint.purpose import Task
from app.core.deliver.folder_names import PART
from app.core.errors import DeliveryError
from app.core.plan.split import part_paths
from app.core.text import text
from app.core.tokenizer.end_of_generation import END_TEXTS, KEYS, REVOKED
from app.core.verify.header.gguf_file import read_whole_header

WRITTEN = {"</s>"}  # as a text it is HTML too, and would end an answer that strikes something out
RANK = 4  # llama.h, LLAMA_POOLING_TYPE_RANK


@dataclass(frozen=True)
class ModelFile:
    """`paths`: the file, or all its parts in order. `stops`: texts of the tokens that end an answer.

    `digests`: SHA-256 of the paths in hexadecimal, where they are known.
    """

    paths: tuple[Path, ...]
    byte_count: int
    name: str
    type_name: str  # "Q4_K_M"; "" where the file does not say it
    architecture: str
    task: Task
    stops: tuple[str, ...]
    license: str
    digests: tuple[str, ...] = ()

    @property
    def first(self) -> Path:
        """What llama.cpp is given: it finds the other parts by itself."""
        return self.paths[0]

    @property
    def stem(self) -> str:
        """The file's name without what tells its parts apart."""
        return PART.sub("", self.first.name.removesuffix(".gguf"))


def read_model_file(path: Path, digests: Sequence[str] = ()) -> ModelFile:
    """The file, or with any part of it the whole of it. Raises CheckpointError, DeliveryError."""
    paths = model_paths(path.expanduser().absolute())
    headers = [read_whole_header(one) for one in paths]
    keys = headers[0].keys
    if keys.get("general.type", "model") != "model":
        raise DeliveryError(
            text("{file} is not a model but goes with one.", file=path.name), text("Choose the model's own file.")
        )
    type_name = _type_name(keys)
    return ModelFile(
        paths,
        sum(one.stat().st_size for one in paths),
        name_without_type(paths[0], type_name),
        type_name,
        str(keys.get("general.architecture", "")),
        _task(keys),
        _stops(keys),
        str(keys.get("general.license.name") or keys.get("general.license") or ""),
        tuple(digests),
    )


def name_without_type(path: Path, type_name: str) -> str:
    """my-model-Q4_K_M-00001-of-00002.gguf → my-model."""
    stem = PART.sub("", path.name.removesuffix(".gguf"))
    return re.sub(rf"[-.]{re.escape(type_name)}$", "", stem, flags=re.IGNORECASE) if type_name else stem


def model_paths(path: Path) -> tuple[Path, ...]:
    """The file, or all parts of its model in their order. Raises DeliveryError for one that is missing."""
    match = PART.search(path.stem)
    if match is None or path.suffix != ".gguf":
        return (path,)
    paths = part_paths(path.with_name(f"{path.stem.removesuffix(match[0])}.gguf"), int(match[2]))
    missing = next((one for one in paths if not one.is_file()), None)
    if missing is not None:
        raise DeliveryError(
            text("{file} is missing: the model is in several files.", file=missing.name),
            text("Put all of them into one folder."),
        )
    return paths or (path,)


def _type_name(keys: Mapping[str, Any]) -> str:
    try:
        kind = LlamaFileType(keys["general.file_type"])
    except (KeyError, ValueError):
        return ""
    return kind.name.removeprefix("MOSTLY_").removeprefix("ALL_")


def _task(keys: Mapping[str, Any]) -> Task:
    """As llama.cpp decides it: by the pooling that the file names."""
    pooling = keys.get(f"{keys.get('general.architecture', '')}.pooling_type", 0)
    return Task.RERANKING if pooling == RANK else Task.EMBEDDING if pooling else Task.TEXT


def _stops(keys: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that the file's keys name, and those that llama.cpp knows by their text (end_of_generation.py).

    llama-server stops on the tokens anyway; Ollama, where it renders and parses itself, on these texts.
    """
    tokens = keys.get("tokenizer.ggml.tokens", ())
    ids = (keys.get(f"tokenizer.ggml.{key}_token_id") for key in KEYS)
    named = [tokens[one] for one in ids if isinstance(one, int) and 0 <= one < len(tokens)]
    found = dict.fromkeys((*named, *(one for one in tokens if one in END_TEXTS)))
    revoked = {end for others, end in REVOKED if others <= found.keys()}
    return tuple(one for one in found if isinstance(one, str) and one not in revoked | WRITTEN)
