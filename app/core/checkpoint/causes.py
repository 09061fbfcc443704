"""One cause makes one finding: what else was found because of it is not said."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.checkpoint.chat_templates import JINJA, JSON
from app.core.checkpoint.folder_json import CONFIG, diffusion_model
from app.core.checkpoint.no_weights import explain_no_weights, nothing_there
from app.core.checkpoint.shard_index import INDEX
from app.core.checkpoint.stand_ins import explain_stand_ins
from app.core.checkpoint.tokenizer_files import WORD_LIST
from app.core.checkpoint.weight_files import Weights
from app.core.findings import Finding, Severity

VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", WORD_LIST)  # the first that is there is read
TEXTS = ("tokenizer_config.json", JINJA, JSON)
BESIDE = (INDEX, "generation_config.json", "added_tokens.json")


@dataclass(frozen=True)
class Opened:
    """What is worth saying of a folder, and whether a whole language model is in it, to be looked at further."""

    findings: tuple[Finding, ...]
    is_complete: bool


def find_cause(folder: Path, config: Mapping[str, Any], weights: Weights, others: Iterable[Finding]) -> Opened:
    """The findings that are no consequence of another one."""
    if weights.is_empty:
        other = explain_no_weights(folder)
        if other is None and not weights.findings:
            other = nothing_there()
        if other is not None:
            return Opened((other,), is_complete=False)
    diffuser = diffusion_model(config)
    if diffuser is not None:
        return Opened((diffuser,), is_complete=False)
    stand_ins, replaced = explain_stand_ins(folder, (CONFIG, *weights.names, *_vocabulary(folder)), TEXTS, BESIDE)
    found = (*(one for one in (*weights.findings, *others) if one.subject not in replaced), *stand_ins)
    stops = any(one.severity is Severity.BLOCKER for one in (*weights.findings, *stand_ins))
    return Opened(found, is_complete=not stops)


def _vocabulary(folder: Path) -> list[str]:
    """The file that the vocabulary is read from, or all that should be one."""
    there = [name for name in VOCABULARIES if os.path.lexists(folder / name)]
    whole = [name for name in there if (folder / name).is_file()]
    return whole[:1] or there
