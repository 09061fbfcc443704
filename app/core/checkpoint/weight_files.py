"""Which safetensors files belong to the model: those that the index names, or else model*.safetensors.

mlx-lm loads every model*.safetensors and reads no index. An index that fits the files tells leftovers from the model;
where it does not fit, the files count.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.checkpoint import shard_findings
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.safetensors_header import Header, HeaderBudget, read_header
from app.core.checkpoint.shard_index import is_complete_save, read_index, series_of, stale_index
from app.core.findings import Finding, Findings

MOST_FILES = 10_000  # mlx-lm begins a new one after 5 GB (utils.py, MAX_FILE_SIZE_GB): that would be 50 TB


@dataclass(frozen=True)
class Weights:
    """The headers of all files that can be read, and what is wrong with the others.

    `names` are the files that make the model, read or not; `lost` the tensors that only the index has. `is_empty`
    says that there is no such file at all.
    """

    is_empty: bool
    headers: tuple[Header, ...]
    names: tuple[str, ...]
    lost: tuple[str, ...]
    findings: tuple[Finding, ...]


def read_weight_files(folder: Path) -> Weights:
    """Whatever is wrong, whatever can be read."""
    findings = Findings()
    present = sorted(path.name for path in folder.glob("model*.safetensors"))
    wanted = read_index(folder, findings)
    is_sound = not findings.all()  # one that leads out says nothing about files
    names = sorted(set(wanted.values())) or present
    if len(names) > MOST_FILES:
        findings.append(shard_findings.too_many_shards(len(names), is_from_index=bool(wanted)))
        return Weights(not present, (), (), (), findings.all())
    gone = [name for name in names if not os.path.lexists(folder / name)]
    reading = _Reading(folder, wanted, findings, set(gone))
    for name in names:
        if name not in reading.gone:
            reading.read(name)
    strays = sorted(set(present) - set(names)) if is_sound else []
    taken = reading.take(strays, names)
    for name in strays:
        if name not in taken:
            findings.append(shard_findings.unnamed_shard(name))
    lost = reading.lost()
    is_whole = not lost or not gone or (len(gone) == len(names) and is_complete_save(taken))
    if not is_whole:
        findings.append(shard_findings.missing_shards(gone))
    elif gone or taken or lost:
        findings.append(stale_index(gone, taken, lost))
    headers = sorted(reading.headers, key=lambda header: header.file.path.name)
    found = (*(name for name in names if name not in reading.gone), *taken)
    return Weights(not found and not present, tuple(headers), found, tuple(lost), findings.all())


@dataclass
class _Reading:
    """The files of a folder while they are read. `gone` are those that the index lists and the folder lacks."""

    folder: Path
    wanted: Mapping[str, str]
    findings: Findings
    gone: set[str]
    budget: HeaderBudget = field(default_factory=HeaderBudget)
    headers: list[Header] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)  # tensor → the file that holds it

    def read(self, name: str) -> None:
        """Keep its header, or say what is wrong with it."""
        header = _header(self.folder / name, self.budget, self.findings)
        if header is not None:
            self._keep(header)

    def lost(self) -> list[str]:
        """What the index has in a file that is gone, or that was read, and no file holds."""
        known = self.gone | {header.file.path.name for header in self.headers}
        return sorted(tensor for tensor, file in self.wanted.items() if tensor not in self.where and file in known)

    def take(self, strays: list[str], listed: list[str]) -> list[str]:
        """Files beside those `listed` that belong to the model all the same, by their names or by what they hold."""
        series = {series_of(name) for name in listed if name not in self.gone} - {None}
        is_another_save = len(self.gone) == len(listed)
        lost, taken = set(self.lost()), []
        for name in strays:
            if is_another_save or series_of(name) in series:
                self.read(name)
                taken.append(name)
            elif lost:
                header = _header(self.folder / name, self.budget, Findings())
                if header is not None and any(tensor.name in lost for tensor in header.tensors):
                    self._keep(header)
                    taken.append(name)
        return taken

    def _keep(self, header: Header) -> None:
        name = header.file.path.name
        self.headers.append(header)
        for tensor in header.tensors:
            if tensor.name in self.where:
                self.findings.append(shard_findings.duplicate_tensor(tensor.name, self.where[tensor.name], name))
            self.where[tensor.name] = name


def _header(path: Path, budget: HeaderBudget, findings: Findings) -> Header | None:
    try:
        return read_header(path, budget)
    except OSError as error:
        findings.append(shard_findings.unreadable_shard(path.name, error))
    except HeaderError as error:
        findings.append(shard_findings.bad_shard(path.name, error))
    return None
