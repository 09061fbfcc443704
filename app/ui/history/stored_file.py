"""A finished file as JSON, and back; what was written by hand or by a stranger is no finished file."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from app.core.checkpoint.purpose import Task
from app.core.verify.results.report import Verdict
from app.ui.history.finished_file import FinishedFile, UsedAdapter, UsedOptions

Kind = TypeVar("Kind")
Item = TypeVar("Item")


def as_data(one: FinishedFile) -> dict[str, Any]:
    """Of texts, numbers and lists."""
    found = _plain(asdict(one))
    found["verdict"] = one.verdict.name if one.verdict else None
    return dict(found)


def from_data(data: Any) -> FinishedFile | None:
    """None for what is none."""
    try:
        return FinishedFile(
            path=_path(data["path"]),
            byte_count=_whole(data["byte_count"]),
            finished_at=_of(float, data["finished_at"]),
            source=_path(data["source"]),
            source_name=_of(str, data["source_name"]),
            type_name=_of(str, data["type_name"]),
            task=Task(data["task"]),
            further=_each(_path, data["further"]),
            adapters=_each(_adapter, data["adapters"]),
            options=_options(data["options"]),
            sha256=_each(_text, data["sha256"]),
            verdict=Verdict[data["verdict"]] if data["verdict"] else None,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _adapter(data: Any) -> UsedAdapter:
    return UsedAdapter(_path(data["path"]), _of(float, data["strength"]))


def _options(data: Any) -> UsedOptions:
    return UsedOptions(
        output_type=_of(str, data["output_type"]),
        head=_of(str, data["head"]),
        layout=_of(str, data["layout"]),
        tensor_types=_each(_text, data["tensor_types"]),
        imatrix=_path(data["imatrix"]) if data["imatrix"] else None,
        name=_of(str, data["name"]),
        pre_tokenizer=_of(str, data["pre_tokenizer"]),
        metadata=_each(_text, data["metadata"]),
        split_max_size=None if data["split_max_size"] is None else _whole(data["split_max_size"]),
    )


def _of(kind: type[Kind], value: Any) -> Kind:
    """The value, if it is of the kind; a whole number is one with a fraction too."""
    if kind is float and isinstance(value, int):
        return kind(value)  # type: ignore[call-arg]
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


def _text(value: Any) -> str:
    return _of(str, value)


def _whole(value: Any) -> int:
    return _of(int, value)


def _path(value: Any) -> Path:
    """An absolute one: a relative one would mean something else at each start."""
    path = Path(_text(value))
    if not path.is_absolute() or "\0" in str(path):
        raise ValueError(value)
    return path


def _each(read: Callable[[Any], Item], values: Any) -> tuple[Item, ...]:
    return tuple(map(read, _of(list, values)))
