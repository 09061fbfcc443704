"""Which safetensors files belong to the model: those that the index names, or else model*.safetensors."""

from pathlib import Path

from app.core.checkpoint.folder import is_plain_name
from app.core.checkpoint.header_json import HeaderError
from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, read_object
from app.core.checkpoint.safetensors_header import Header, HeaderBudget, read_header
from app.core.findings import Finding, Findings, stop, warning

INDEX = "model.safetensors.index.json"
INDEX_LIMIT = 64 * MEBIBYTE  # that of the largest known model has 23 MB
MOST_FILES = 10_000  # mlx-lm begins a new one after 5 GB (utils.py, MAX_FILE_SIZE_GB): that would be 50 TB
DOWNLOAD_AGAIN = "Copy or download the folder again, or save the model again with mlx-lm."


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
            raise UnreadableJsonError("it has no weight_map")
    except FileNotFoundError:
        return {}
    except UnreadableJsonError as error:
        findings.append(
            warning(
                "bad-index",
                f"{INDEX} cannot be used: {error}.",
                "All files named model*.safetensors are taken instead.",
                DOWNLOAD_AGAIN,
                INDEX,
            )
        )
        return {}
    outside = sorted({repr(name) for name in weight_map.values() if not is_plain_name(name)})
    if outside:
        findings.append(
            stop(
                "index-leads-out",
                f"{INDEX} names {outside[0]}, which is not a plain file name.",
                "A model folder may only name files of its own.",
                "Do not use this folder before you know where it comes from.",
                INDEX,
            )
        )
    return {tensor: name for tensor, name in weight_map.items() if is_plain_name(name)}


def _header(path: Path, budget: HeaderBudget, findings: Findings, from_index: bool) -> Header | None:
    try:
        return read_header(path, budget)
    except FileNotFoundError:
        named = f"{INDEX} names it, but it is not in the folder" if from_index else "its link leads to nothing"
        findings.append(
            stop(
                "missing-shard",
                f"{path.name} is missing: {named}.",
                "Part of the weights is not there.",
                DOWNLOAD_AGAIN,
                path.name,
            )
        )
    except OSError as error:
        findings.append(
            stop(
                "unreadable-shard",
                f"{path.name} cannot be read: {error.strerror}.",
                "Part of the weights is not available.",
                "Check that it is a file, not a link to another place, and that you may read it.",
                path.name,
            )
        )
    except HeaderError as error:
        findings.append(
            stop("bad-shard", f"{path.name} {error}.", "Its weights cannot be trusted.", DOWNLOAD_AGAIN, path.name)
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
                    stop(
                        "duplicate-tensor",
                        f"{tensor.name} is in {where[tensor.name]} and in {file_name}.",
                        "Nobody can tell which of the two is meant.",
                        "Remove files that are left over from an earlier save.",
                        tensor.name,
                    )
                )
            where[tensor.name] = file_name
    read = {header.file.path.name for header in headers}
    lost = sorted(name for name, file in wanted.items() if file in read and name not in where)
    if lost:
        findings.append(
            stop(
                "missing-tensor",
                f"{INDEX} promises {len(lost)} tensor(s) that are in no file, such as {lost[0]}.",
                "Part of the weights is not there.",
                DOWNLOAD_AGAIN,
                lost[0],
            )
        )


def _too_many(count: int, is_from_index: bool) -> Finding:
    return stop(
        "too-many-shards",
        f"{INDEX} names {count:,} files, more than any model has."
        if is_from_index
        else f"The folder holds {count:,} files of weights, more than any model has.",
        "None of them is read.",
        DOWNLOAD_AGAIN,
        INDEX if is_from_index else "",
    )


def _unnamed(name: str) -> Finding:
    return warning(
        "unnamed-shard",
        f"{name} lies in the folder, but {INDEX} does not name it.",
        "It is not read. It is probably left over from an earlier save; mlx-lm, which loads every "
        "model*.safetensors, would read it.",
        "Move it away if it does not belong to the model.",
        name,
    )


def _no_weights(folder: Path) -> Finding:
    if (folder / "adapters.safetensors").exists() or (folder / "adapter_config.json").exists():
        return stop(
            "adapter-only",
            "This folder holds an adapter (LoRA) and no model weights.",
            "An adapter is only the difference from its base model.",
            "Fuse it into its base model first: mlx_lm.fuse --model BASE --adapter-path ADAPTER --save-path FOLDER, "
            "then open that folder.",
        )
    if (folder / "snapshots").is_dir():
        return stop(
            "hub-repository",
            "This is the cache entry of a Hugging Face repository, not a model folder.",
            "The model lies one level deeper.",
            "Choose the folder inside snapshots.",
        )
    others = sorted(path.name for pattern in ("*.gguf", "*.npz", "pytorch_model*.bin") for path in folder.glob(pattern))
    found = f" It holds {others[0]}, which MLX Ferry does not read." if others else ""
    return stop(
        "no-weights",
        f"There is no model.safetensors in this folder.{found}",
        "There is nothing to convert.",
        "Choose the folder that mlx-lm saved: it holds config.json and model.safetensors.",
    )
