"""What earlier versions of mlx-lm saved of the tiny models, in digests, and how to build such a folder again.

old_forms.json has for each model the versions that save it as today's does ("usual"), and for each other form the
tensors that it has in place of today's: dtype, shape and SHA-256 of each. make_old_forms.py writes it.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from app.core.checkpoint import open_checkpoint
from tests.golden.family_models import loaded, save_decoded

OLD_FORMS = Path(__file__).with_name("old_forms.json")
Digests = dict[str, list[Any]]


@cache
def old_forms() -> dict[str, Any]:
    return json.loads(OLD_FORMS.read_text(encoding="utf-8"))["models"]


def digests_of(folder: Path) -> Digests:
    """Dtype, shape and the beginning of the SHA-256 of every stored tensor."""
    found = {}
    for part in (part for tensor in open_checkpoint(folder).tensors for part in tensor.parts):
        with part.file.path.open("rb") as file:
            file.seek(part.offset)
            sha = hashlib.sha256(file.read(part.byte_count)).hexdigest()
        found[part.name] = [part.dtype, list(part.shape), sha[:16]]
    return found


def digest_of_all(digests: Digests) -> str:
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()[:16]


def save_old_form(form: dict[str, Any], usual: Path, published: Path, folder: Path) -> Path:
    """The folder that an earlier mlx-lm saved, made of what today's saves and of what was published.

    It copied a shared head, kept kv_b_proj and experts as they are published, and decoded MXFP4.
    """
    import mlx.core as mx

    folder.mkdir(parents=True)
    arrays, originals = loaded(usual / "model.safetensors"), loaded(published / "model.safetensors")
    arrays = {name: array for name, array in arrays.items() if name not in form["without"]}
    decoded = loaded(save_decoded(usual, folder / "decoded") / "model.safetensors")
    decoded |= originals | {"lm_head.weight": decoded["model.embed_tokens.weight"]}
    for name in form["tensors"]:
        arrays[name] = decoded[name].astype(mx.bfloat16)
    mx.save_safetensors(str(folder / "model.safetensors"), arrays, metadata={"format": "mlx"})
    (folder / "config.json").write_bytes((usual / "config.json").read_bytes())
    return folder
