"""Which safetensors files belong to the model: those that the index names, or else model*.safetensors."""

from pathlib import Path

from app.core.checkpoint.folder import is_plain_name
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, read_object
from app.core.checkpoint.safetensors_header import Header, HeaderBudget, read_header
from app.core.findings import Finding, Findings, blocker, warning
from app.core.text import counted, reason_of, text

INDEX = "model.safetensors.index.json"
INDEX_LIMIT = 64 * MEBIBYTE  # that of the largest known model has 23 MB
MOST_FILES = 10_000  # mlx-lm begins a new one after 5 GB (utils.py, MAX_FILE_SIZE_GB): that would be 50 TB
DOWNLOAD_AGAIN = text("Copy or download the folder again, or save the model again with mlx-lm.")


def read_weight_files(folder: Path) -> tuple[list[Header], tuple[Finding, ...]]:
    """The headers of all files that can be read, and what is wrong with the others."""
    findings = Findings()
    present = sorted(path.name for path in folder.glob("model*.safetensors"))
    wanted = _index_names(folder, findings)
    names = sorted(set(wanted.values())) or present
    if len(names) > MOST_FILES:
        findings.append(_too_many(len(names), is_from_index=bool(wanted)))
        return [], findings.all()
    for name in sorted(set(present) - set(names)):
        findings.append(_unnamed(name))
    budget, headers = HeaderBudget(), []
    for name in names:
        header = _header(folder / name, budget, findings, from_index=bool(wanted))
        if header is not None:
            headers.append(header)
    _find_contradictions(headers, wanted, findings)
    if not names:
        findings.append(_no_weights(folder))
    return headers, findings.all()


def _index_names(folder: Path, findings: Findings) -> dict[str, str]:
    """Tensor name → file name as the index has it; empty without a usable index."""
    try:
        weight_map = read_object(folder / INDEX, INDEX_LIMIT).get("weight_map")
        if not isinstance(weight_map, dict) or not weight_map:
            raise UnreadableJsonError(text("it has no weight_map"))
    except FileNotFoundError:
        return {}
    except UnreadableJsonError as error:
        findings.append(
            warning(
                "bad-index",
                text("{file} cannot be used: {reason}.", file=INDEX, reason=reason_of(error)),
                text("All files named model*.safetensors are read instead."),
                DOWNLOAD_AGAIN,
                INDEX,
            )
        )
        return {}
    outside = sorted({repr(name) for name in weight_map.values() if not is_plain_name(name)})
    if outside:
        findings.append(
            blocker(
                "index-leads-out",
                text("{index} lists {file}, which is not a plain file name.", index=INDEX, file=outside[0]),
                text("A model folder may refer only to its own files."),
                text("Do not use this folder unless you know where it comes from."),
                INDEX,
            )
        )
    return {tensor: name for tensor, name in weight_map.items() if is_plain_name(name)}


def _header(path: Path, budget: HeaderBudget, findings: Findings, from_index: bool) -> Header | None:
    try:
        return read_header(path, budget)
    except FileNotFoundError:
        findings.append(
            blocker(
                "missing-shard",
                text("{file} is missing: {index} lists it, but it is not in the folder.", file=path.name, index=INDEX)
                if from_index
                else text("{file} is missing: the link to it is broken.", file=path.name),
                text("Part of the weights is missing."),
                DOWNLOAD_AGAIN,
                path.name,
            )
        )
    except OSError as error:
        findings.append(
            blocker(
                "unreadable-shard",
                text("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror),
                text("Part of the weights is not available."),
                text("Check that it is a file, not a link to another place, and that you may read it."),
                path.name,
            )
        )
    except HeaderError as error:
        findings.append(
            blocker(
                "bad-shard",
                text("{file} cannot be used: {reason}.", file=path.name, reason=reason_of(error)),
                text("Its weights cannot be trusted."),
                DOWNLOAD_AGAIN,
                path.name,
            )
        )
    return None


def _find_contradictions(headers: list[Header], wanted: dict[str, str], findings: Findings) -> None:
    """Tensors that the index promises and the files do not hold, and tensors that two files hold."""
    where: dict[str, str] = {}
    for header in headers:
        file_name = header.file.path.name
        for tensor in header.tensors:
            if tensor.name in where:
                findings.append(
                    blocker(
                        "duplicate-tensor",
                        text(
                            "{tensor} is in {first_file} and in {second_file}.",
                            tensor=tensor.name,
                            first_file=where[tensor.name],
                            second_file=file_name,
                        ),
                        text("It is not clear which of the two is meant."),
                        text("Remove files that are left over from an earlier save."),
                        tensor.name,
                    )
                )
            where[tensor.name] = file_name
    read = {header.file.path.name for header in headers}
    lost = sorted(name for name, file in wanted.items() if file in read and name not in where)
    if lost:
        findings.append(
            blocker(
                "missing-tensor",
                counted(
                    "{index} lists {count:,} tensor that is in no file: {tensor}.",
                    "{index} lists {count:,} tensors that are in no file, such as {tensor}.",
                    len(lost),
                    index=INDEX,
                    tensor=lost[0],
                ),
                text("Part of the weights is missing."),
                DOWNLOAD_AGAIN,
                lost[0],
            )
        )


def _too_many(count: int, is_from_index: bool) -> Finding:
    return blocker(
        "too-many-shards",
        text("{index} lists {count:,} files, more than any model has.", index=INDEX, count=count)
        if is_from_index
        else text("The folder holds {count:,} files of weights, more than any model has.", count=count),
        text("None of them is read."),
        DOWNLOAD_AGAIN,
        INDEX if is_from_index else "",
    )


def _unnamed(name: str) -> Finding:
    return warning(
        "unnamed-shard",
        text("{file} is in the folder, but {index} does not list it.", file=name, index=INDEX),
        text(
            "It is not read. It is probably left over from an earlier save. mlx-lm would read it, because "
            "it loads every model*.safetensors."
        ),
        text("Move it out of the folder if it does not belong to the model."),
        name,
    )


def _no_weights(folder: Path) -> Finding:
    if (folder / "adapters.safetensors").exists() or (folder / "adapter_config.json").exists():
        return blocker(
            "adapter-only",
            text("This folder holds an adapter (LoRA) and no model weights."),
            text("An adapter holds only the changes to its base model."),
            text(
                "Fuse it into its base model first: mlx_lm.fuse --model BASE --adapter-path ADAPTER --save-path "
                "FOLDER, then open that folder."
            ),
        )
    if (folder / "snapshots").is_dir():
        return blocker(
            "hub-repository",
            text("This is the cache entry of a Hugging Face repository, not a model folder."),
            text("The model is one level deeper."),
            text("Choose the folder inside snapshots."),
        )
    others = sorted(
        path.name for pattern in ("[!.]*.gguf", "[!.]*.npz", "pytorch_model*.bin") for path in folder.glob(pattern)
    )
    return blocker(
        "no-weights",
        text(
            "There is no model.safetensors in this folder. It holds {file}, which MLX Ferry does not read.",
            file=others[0],
        )
        if others
        else text("There is no model.safetensors in this folder."),
        text("There is nothing to convert."),
        text("Choose the folder that mlx-lm saved: it holds config.json and model.safetensors."),
    )
