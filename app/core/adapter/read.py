"""read_adapter: a folder with an adapter → what was trained, by module, from headers and JSON alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.adapter.adapter_values import Adapter, Dialect, LowRankModule
from app.core.adapter.files import adapter_file
from app.core.adapter.names import Role, dialect_of, outer_name, parsed
from app.core.adapter.npz_header import read_npz_header
from app.core.adapter.refused import MERGE, check_peft
from app.core.adapter.scales import rank_of, scale_of, trained_parameters
from app.core.checkpoint import StoredTensor, WeightFile
from app.core.checkpoint.adapter_names import SETTINGS
from app.core.checkpoint.dtypes import FLOAT_DTYPES
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.json_files import UnreadableJsonError, read_object
from app.core.checkpoint.safetensors_header import read_header
from app.core.errors import CheckpointError
from app.core.system_reasons import system_reason
from app.core.text import reason_of, text

Parts = dict[Role, StoredTensor]
# mlx-lm writes its own arguments; unsloth_zoo mlx/peft_interop.py has PEFT's name for the base in MLX's folders;
# the last is that of mlx-tune's embedding models
BASE_OF = {Dialect.MLX: ("model", "base_model_name_or_path", "model_name"), Dialect.PEFT: ("base_model_name_or_path",)}


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
        header = read_npz_header(file) if file.suffix == ".npz" else read_header(file)
    except HeaderError as error:
        raise CheckpointError(
            text("{file} cannot be used: {reason}.", file=file.name, reason=reason_of(error)),
            text("Copy the adapter again from where it was trained."),
        ) from None
    except OSError as error:
        raise CheckpointError(
            text("{file} cannot be read: {reason}.", file=file.name, reason=system_reason(error))
        ) from None
    if not header.tensors:
        raise CheckpointError(text("{file} holds no tensors.", file=file.name))
    return adapter_of(header.tensors, config, header.file)


def adapter_of(tensors: tuple[StoredTensor, ...], config: Mapping[str, Any], file: WeightFile) -> Adapter:
    """What these tensors change, by whoever's names they have. Raises CheckpointError."""
    names = {tensor.name for tensor in tensors}
    dialect = dialect_of(names)
    if dialect is Dialect.PEFT:
        check_peft(config, names)
    modules, whole = _sorted_out(tensors, dialect)
    found = tuple(_module(name, parts, config, dialect) for name, parts in modules.items())
    base = next((one for one in map(config.get, BASE_OF[dialect]) if isinstance(one, str)), "")
    return Adapter(file.path.parent, file, dialect, base, config, found, whole)


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        return read_object(folder / SETTINGS)
    except FileNotFoundError:
        raise CheckpointError(
            text("{file} is missing: it says by how much the adapter counts.", file=SETTINGS),
            text("Copy it from where the adapter was trained."),
        ) from None
    except UnreadableJsonError as error:
        raise CheckpointError(
            text("{file} cannot be used: {reason}.", file=SETTINGS, reason=reason_of(error)),
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
            whole.append(replace(tensor, name=module))
        elif role in modules.setdefault(module, {}):
            raise CheckpointError(text("The adapter has two tensors {role} for {module}.", role=role, module=module))
        else:
            modules[module][role] = tensor
    return modules, tuple(replace(one, name=outer_name(one.name, modules)) for one in whole)


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
    if dialect is Dialect.PEFT and (parameters := trained_parameters(config, module)):
        return _of_parameters(parameters, a, b, config)
    return LowRankModule(module, a, b, rank, scale_of(config, dialect, module, rank), parts.get(Role.MAGNITUDE))


def _rank(a: StoredTensor, b: StoredTensor, dialect: Dialect) -> int | None:
    """The length that both factors share, None where they share none."""
    if len(a.shape) != len(b.shape) or len(a.shape) not in (2, 3) or 0 in (*a.shape, *b.shape):
        return None
    is_peft = dialect is Dialect.PEFT or len(a.shape) == 3  # of experts mlx-lm has them in this order, too
    rank, other = (a.shape[-2], b.shape[-1]) if is_peft else (a.shape[-1], b.shape[-2])
    return rank if rank == other and a.shape[:-2] == b.shape[:-2] else None


def _of_parameters(
    parameters: tuple[str, ...], a: StoredTensor, b: StoredTensor, config: Mapping[str, Any]
) -> LowRankModule:
    """`parameters` of one module by their whole paths: only shapes tell which of them has been trained here."""
    module = parameters[0].rpartition(".")[0]
    ranks = {rank_of(config, parameter) for parameter in parameters}
    scales = {scale_of(config, Dialect.PEFT, parameter, rank) for parameter in parameters for rank in ranks}
    if len(ranks) > 1 or len(scales) > 1:
        raise CheckpointError(
            text(
                "The parameters of {module} have ranks or scales of their own, which cannot be told apart.",
                module=module,
            ),
            MERGE,
        )
    (rank,), (scale,) = ranks, scales
    if a.shape[0] % rank:
        raise CheckpointError(
            text(
                "{tensor} has {count:,} rows, which is no multiple of the rank {rank}.",
                tensor=a.name,
                count=a.shape[0],
                rank=rank,
            )
        )
    return LowRankModule(module, a, b, rank, scale, parameters=tuple(one.rpartition(".")[2] for one in parameters))
