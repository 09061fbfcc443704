"""The sound folders that are damaged: families, packings, shards and tokenizers of every kind, all tiny."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.core.convert.kquant_folder import repacked
from tests.core.tokenizer.byte_level import SETTINGS, byte_level
from tests.core.tokenizer.word_list import save_word_list
from tests.golden.family_models import FamilyModel, save_mlx, save_published
from tests.golden.mix_models import save_case
from tests.tiny_checkpoints import (
    RESAVED_TOKENIZER,
    SAMPLE_TOKENIZER,
    gemma3_config,
    gemma3_folder,
    row_count,
    with_tokenizer,
)

CARD = "---\nlicense: mit\ntags: [a, b]\nbase_model: [org/base]\n---\n# A model\n"
GEMMA = gemma3_config(row_count(), num_hidden_layers=2)


def make_all(root: Path) -> dict[str, Path]:
    """Name → folder."""
    made = {}
    for name, make in MAKERS.items():
        made[name] = folder = root / name
        make(folder)
        (folder / "README.md").write_text(CARD)
    return made


def _family(name: str, quantize: dict[str, Any] | None = None) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        published = save_published(FamilyModel(name), folder.with_name(f"{name}-published"))
        save_mlx(published, folder, quantize)
        shutil.rmtree(published)
        shutil.copy(RESAVED_TOKENIZER / "chat_template.jinja", with_tokenizer(folder))

    return make


def _byte_level(folder: Path) -> None:
    _family("qwen3")(folder)
    (folder / "chat_template.jinja").unlink()
    (folder / "tokenizer.json").write_text(json.dumps(byte_level()))
    (folder / "tokenizer_config.json").write_text(json.dumps(SETTINGS))


def _vocab_and_merges(folder: Path) -> None:
    _byte_level(folder)
    model = byte_level()["model"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *map(" ".join, model["merges"])]))
    (folder / "added_tokens.json").write_text(json.dumps({"<|im_end|>": len(model["vocab"])}))


def _word_list(folder: Path) -> None:
    _family("plamo3")(folder)
    (folder / "tokenizer.json").unlink()
    (folder / "chat_template.jinja").unlink()
    save_word_list(folder)


def _sentencepiece(folder: Path) -> None:
    gemma3_folder(folder, config=GEMMA)
    for name in ("tokenizer.json", "chat_template.jinja"):
        (folder / name).unlink()
    for name in ("tokenizer.model", "tokenizer_config.json"):
        shutil.copy(SAMPLE_TOKENIZER / name, folder)


def _kquant(folder: Path) -> None:
    plain = save_case("tied", folder.with_name("plain"))
    repacked(plain, folder)
    shutil.rmtree(plain)


MAKERS: dict[str, Callable[[Path], Any]] = {
    "gemma3": lambda folder: gemma3_folder(folder, "copied", config=GEMMA),
    "gemma3-shards": lambda folder: gemma3_folder(folder, config=GEMMA, shard_bytes=500_000),
    "gemma3-4bit": lambda folder: gemma3_folder(folder, "changed", config=GEMMA, quantize=lambda _: True),
    "llama": _family("llama"),
    "qwen3_moe-4bit": _family("qwen3_moe", {"group_size": 32, "bits": 4}),
    "mamba": _family("mamba"),
    "gpt_oss": _family("gpt_oss"),
    "qwen3_5": _family("qwen3_5"),
    "kquant": _kquant,
    "byte-level": _byte_level,
    "vocab-and-merges": _vocab_and_merges,
    "sentencepiece": _sentencepiece,
    "word-list": _word_list,
}


def shards(folder: Path) -> Iterator[Path]:
    """Its weight files."""
    yield from sorted(folder.glob("*.safetensors"))
