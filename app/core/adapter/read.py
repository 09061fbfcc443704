"""read_adapter: a folder with an adapter → what was trained, by module, from headers and JSON alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.core.adapter.adapter_values import Adapter, Dialect, LowRankModule
from app.core.adapter.files import adapter_file
from app.core.adapter.names import Role, dialect_of, parsed
from app.core.adapter.scales import CONFIG, scale_of
from app.core.checkpoint import StoredTensor
from app.core.checkpoint.dtypes import FLOAT_DTYPES
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.checkpoint.safetensors_header import read_header
from app.core.errors import CheckpointError
from app.core.text import reason_of, text

Parts = dict[Role, StoredTensor]


def read_adapter(path: Path | str) -> Adapter:
    """The adapter in a folder, or the one whose file `path` is. Reads no weights. Raises CheckpointError."""
    path = Path(path).expanduser().absolute()
    file = adapter_file(path)
    if file is None:
        raise CheckpointError(
            text("There is no adapter in {path}.", path=path),
            text("Choose the folder that holds adapters.safetensors and adapter_config.json."),
        )
    config = _config(file.parent)
    try:
        header = read_header(file)
    except HeaderError as error:
        raise CheckpointError(
            text("{file} cannot be used: {reason}.", file=file.name, reason=reason_of(error)),
            text("Copy the adapter again from where it was trained."),
        ) from None
    except OSError as error:
        raise CheckpointError(
            text("{file} cannot be read: {reason}.", file=file.name, reason=error.strerror or str(error))
        ) from None
    dialect = dialect_of({tensor.name for tensor in header.tensors})
    modules, whole = _sorted_out(header.tensors, dialect)
    found = tuple(_module(name, parts, config, dialect) for name, parts in modules.items())
    if not found and not whole:
        raise CheckpointError(text("{file} holds no tensors.", file=file.name))
    base = config.get("base_model_name_or_path" if dialect is Dialect.PEFT else "model")
    return Adapter(file.parent, header.file, dialect, base if isinstance(base, str) else "", config, found, whole)


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        return read_object(folder / CONFIG)
    except FileNotFoundError:
        raise CheckpointError(
            text("{file} is missing: it says by how much the adapter counts.", file=CONFIG),
            text("Copy it from where the adapter was trained."),
        ) from None
    except UnreadableJsonError as error:
        raise CheckpointError(
            text("{file} cannot be used: {reason}.", file=CONFIG, reason=reason_of(error)),
            text("Copy it from where the adapter was trained."),
        ) from None


def _sorted_out(
    tensors: tuple[StoredTensor, ...], dialect: Dialect
) -> tuple[dict[str, Parts], tuple[StoredTensor, ...]]:
    modules: dict[str, Parts] = {}
    whole: list[StoredTensor] = []
    for tensor in tensors:
        if tensor.dtype not in FLOAT_DTYPES:
            raise CheckpointError(
                text("{tensor} of the adapter is stored as {dtype}.", tensor=tensor.name, dtype=tensor.dtype)
            )
        module, role = parsed(tensor.name, dialect)
        if role is Role.WHOLE:
            whole.append(
                StoredTensor(module, tensor.dtype, tensor.shape, tensor.file, tensor.offset, tensor.byte_count)
            )
        elif role in modules.setdefault(module, {}):
            raise CheckpointError(text("The adapter has two tensors {role} for {module}.", role=role, module=module))
        else:
            modules[module][role] = tensor
    return modules, tuple(whole)


def _module(module: str, parts: Parts, config: Mapping[str, Any], dialect: Dialect) -> LowRankModule:
    a, b = parts.get(Role.A), parts.get(Role.B)
    if a is None or b is None:
        raise CheckpointError(
            text("The adapter has only one of the two factors of {module}.", module=module),
            text("Copy the adapter again from where it was trained."),
        )
    rank = _rank(a, b, dialect)
    if rank is None:
        raise CheckpointError(
            text(
                "The factors of {module} are {a_shape} and {b_shape}, which have no rank in common.",
                module=module,
                a_shape=a.shape,
                b_shape=b.shape,
            )
        )
    return LowRankModule(module, a, b, rank, scale_of(config, dialect, module, rank), parts.get(Role.MAGNITUDE))


def _rank(a: StoredTensor, b: StoredTensor, dialect: Dialect) -> int | None:
    """The length that both factors share, None where they share none."""
    if len(a.shape) != len(b.shape) or len(a.shape) not in (2, 3) or 0 in (*a.shape, *b.shape):
        return None
    is_peft = dialect is Dialect.PEFT or len(a.shape) == 3  # of experts mlx-lm has them in this order, too
    rank, other = (a.shape[-2], b.shape[-1]) if is_peft else (a.shape[-1], b.shape[-2])
    return rank if rank == other and a.shape[:-2] == b.shape[:-2] else None
