"""modules.json and the folders it names: what sentence-transformers does with hidden states after the model.

Format: sentence_transformers/base/model.py, save, and sentence_transformers/models/Pooling.py, Dense.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.checkpoint.folder import is_plain_name, leads_out
from app.core.checkpoint.json_files import UnreadableJsonError, read_bytes, read_object
from app.core.findings import Finding, warning
from app.core.text import reason_of, text

MODULES, SETTINGS, WEIGHTS = "modules.json", "config.json", "model.safetensors"
USUAL_POOLING = "1_Pooling"
LIMIT_BYTES = 1 << 16
MOST_MODULES = 16
KINDS = ("Pooling", "Dense")
IDENTITY = ("Identity", "")  # the last part of a class of torch's


class Pooling(StrEnum):
    """How llama.cpp makes one vector of those of all tokens, by sentence-transformers' words."""

    MEAN = "mean"
    CLS = "cls"
    LAST = "lasttoken"


# In the order in which llama.cpp's converter asks for them
SWITCHES = {
    "pooling_mode_mean_tokens": Pooling.MEAN.value,
    "pooling_mode_cls_token": Pooling.CLS.value,
    "pooling_mode_lasttoken": Pooling.LAST.value,
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
}


@dataclass(frozen=True)
class SentenceModules:
    """What comes after the model. `other_pooling` is one that llama.cpp has not, in sentence-transformers' words.

    `dense` are the folders of matrices that vectors are multiplied by, in order; `odd_dense` those of them that also
    add a bias or have an activation.
    """

    has_pooling: bool = False
    pooling: Pooling | None = None
    other_pooling: str = ""
    dense: tuple[str, ...] = ()
    odd_dense: tuple[str, ...] = ()


def read_sentence_modules(folder: Path, findings: list[Finding]) -> SentenceModules:
    """The modules of a folder, none of a usual one. What cannot be used is a finding, and counts as not there."""
    try:
        paths = _paths(folder)
        pooling = next((path for kind, path in paths if kind == "Pooling"), "")
        dense = tuple(path for kind, path in paths if kind == "Dense")
        modes = _modes(_settings(folder, pooling)) if pooling else ()
        odd = tuple(path for path in dense if not _is_plain(_settings(folder, path)))
    except UnreadableJsonError as error:
        findings.append(_unusable(reason_of(error)))
        return SentenceModules()
    known = Pooling(modes[0]) if len(modes) == 1 and modes[0] in set(Pooling) else None
    return SentenceModules(bool(pooling), known, "" if known else " + ".join(modes), dense, odd)


def _paths(folder: Path) -> list[tuple[str, str]]:
    """Kind and folder of each module. Raises UnreadableJsonError."""
    try:
        listed = json.loads(read_bytes(folder / MODULES, LIMIT_BYTES))
    except FileNotFoundError:
        is_there = (folder / USUAL_POOLING / SETTINGS).exists()
        return [("Pooling", USUAL_POOLING)] if is_there else []
    except (ValueError, RecursionError) as error:
        raise UnreadableJsonError(text("it is not valid JSON ({details})", details=str(error))) from None
    if not isinstance(listed, list) or len(listed) > MOST_MODULES:
        raise UnreadableJsonError(text("it is not a short list of modules"))
    found = [
        (kind.rsplit(".", 1)[-1], path)
        for kind, path in ((one.get("type"), one.get("path")) for one in listed if isinstance(one, dict))
        if isinstance(kind, str) and isinstance(path, str)
    ]
    for kind, path in found:
        if kind in KINDS and (not is_plain_name(path) or leads_out(folder / path)):
            raise UnreadableJsonError(text("it names {path!r:.60}, which is not a folder inside this one", path=path))
    return found


def _settings(folder: Path, path: str) -> Mapping[str, Any]:
    """Empty where they are missing: often only files beside config.json are copied. Raises UnreadableJsonError."""
    try:
        return read_object(folder / path / SETTINGS, LIMIT_BYTES)
    except FileNotFoundError:
        return {}


def _modes(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """All that are on, which sentence-transformers puts one after the other; newer files name one."""
    on = tuple(mode for switch, mode in SWITCHES.items() if settings.get(switch))
    mode = settings.get("pooling_mode")
    if on or mode is None:
        return on
    return tuple(f"{one!s:.40}" for one in (mode if isinstance(mode, list) else [mode])[: len(SWITCHES)])


def _is_plain(settings: Mapping[str, Any]) -> bool:
    """Whether a dense module is a matrix and nothing else, as far as its settings say."""
    activation = str(settings.get("activation_function") or "").rsplit(".", 1)[-1]
    return not settings or (settings.get("bias") is False and activation in IDENTITY)


def _unusable(reason: str) -> Finding:
    return warning(
        "bad-modules",
        text("{file} cannot be used: {reason}.", file=MODULES, reason=reason),
        text("It says how an embedding model turns a text into a vector."),
        text("Copy {file} and the folders that it names again from where the model came from.", file=MODULES),
        MODULES,
    )
