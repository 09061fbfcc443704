"""The files beside a tiny model of sentences/: those that say what it is for, and the matrices after it."""

import json
from pathlib import Path

from tests.golden.family_models import FamilyModel, values_of


def save_sentence_files(model: FamilyModel, folder: Path) -> Path:
    """Into a folder that has weights and a tokenizer, in which a reranker's answers take the place of two tokens."""
    import mlx.core as mx

    for name, content in model.data.get("files", {}).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    for module, tensors in model.data.get("modules", {}).items():
        arrays = {name: mx.array(values_of(f"{module}.{name}", "F32", shape)) for name, shape in tensors.items()}
        mx.save_safetensors(str(folder / module / "model.safetensors"), arrays, metadata={"format": "pt"})
    _rename_tokens(folder / "tokenizer.json", model.data.get("tokens", {}))
    return folder


def _rename_tokens(path: Path, names: dict[str, str]) -> None:
    if not names:
        return
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    tokenizer["model"]["vocab"] = {names.get(token, token): i for token, i in tokenizer["model"]["vocab"].items()}
    for token in tokenizer["added_tokens"]:
        token["content"] = names.get(token["content"], token["content"])
    path.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
