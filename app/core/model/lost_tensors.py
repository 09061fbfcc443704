"""Tensors that the folder's index names and no file holds: what they mean for a family."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.core.architectures import Architecture, Config, Layout
from app.core.checkpoint import Checkpoint, ModelTensor, StoredTensor
from app.core.checkpoint.checkpoint_values import WeightFile
from app.core.findings import Finding, Severity
from app.core.model.canonical_names import canonical_name
from app.core.model.expected_tensors import ExpectedTensor
from app.core.model.source_tensors import source_tensors
from app.core.text import text

NOWHERE = WeightFile(Path(), 0, 0, 0)


def without_unneeded_files(
    checkpoint: Checkpoint, family: Architecture, config: Config, expected: Sequence[ExpectedTensor], layout: Layout
) -> Checkpoint:
    """The checkpoint; complete where the files that are missing hold only tensors that are left out anyway.

    Whoever needs no vision part or no extra layers may have deleted them: mlx-lm loads the rest.
    """
    stops = [one for one in checkpoint.findings if one.severity is Severity.BLOCKER]
    if checkpoint.is_complete or [one.code for one in stops] != ["missing-shard"]:
        return checkpoint
    lost = tuple(_placeholder(name) for name in checkpoint.lost_tensors)
    sources = source_tensors(replace(checkpoint, tensors=lost), family, config, expected, layout)
    if not lost or len(sources.dropped) < len(lost):
        return checkpoint
    findings = tuple(_unneeded(one) if one.code == "missing-shard" else one for one in checkpoint.findings)
    return replace(checkpoint, findings=findings, is_complete=True, lost_tensors=())


def lost_names(checkpoint: Checkpoint, family: Architecture) -> set[str]:
    """Canonical names of tensors that the folder had once, by its index, and has no more."""
    return {canonical_name(family, name) for name in checkpoint.lost_tensors}


def _placeholder(name: str) -> ModelTensor:
    return ModelTensor(name, (), "", StoredTensor(name, "", (), NOWHERE, 0, 0))


def _unneeded(finding: Finding) -> Finding:
    return replace(
        finding,
        code="unneeded-shard",
        severity=Severity.WARNING,
        meaning=text("The tensors that it should hold are left out of the GGUF file anyway."),
        advice=text("No action is needed."),
    )
