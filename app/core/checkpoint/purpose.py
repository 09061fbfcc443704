"""What a folder says that its model is for: writing texts, turning them into vectors, or ranking documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.core.checkpoint.model_card import read_readme
from app.core.checkpoint.sentence_modules import Pooling, SentenceModules
from app.core.text import text

MODULES, CARD, CONFIG = "modules.json", "README.md", "config.json"


class Task(StrEnum):
    """What a model does with a text."""

    TEXT = "text"  # goes on with it
    EMBEDDING = "embedding"  # makes a vector of it
    RERANKING = "reranking"  # says how well it answers a query


@dataclass(frozen=True)
class Purpose:
    """The task, and who says so: a file of the folder, or its name.

    `pooling` is how hidden states become one vector, None where the folder leaves it open or has something that
    llama.cpp cannot do, which is then `modules.other_pooling`. `known_model` is the published model whose pooling is
    taken where only its name is there; `names_qwen_reranker` is whether llama.cpp's converter would make a reranker of
    a Qwen 3.
    """

    task: Task = Task.TEXT
    said_by: str = ""
    pooling: Pooling | None = None
    known_model: str = ""
    modules: SentenceModules = field(default_factory=SentenceModules)
    names_qwen_reranker: bool = False


# As their model cards compute it; mlx-lm leaves out the files that say so. In lower case, as they are looked for.
PUBLISHED_POOLING: Mapping[str, tuple[str, Pooling]] = {
    "qwen3-embedding": ("Qwen3-Embedding", Pooling.LAST),
    "embeddinggemma": ("EmbeddingGemma", Pooling.MEAN),
    "gte-qwen2": ("gte-Qwen2", Pooling.LAST),
    "e5-mistral": ("e5-mistral", Pooling.LAST),
}
EMBEDDING_TAGS = {"sentence-transformers", "sentence-similarity", "feature-extraction"}
RANKING_TAGS = {"text-ranking", "reranker"}
QWEN_RERANKERS = ("qwen3-reranker", "qwen3-vl-reranker")


def find_purpose(
    folder: Path, name: str, config: Mapping[str, Any], card: Mapping[str, Any], modules: SentenceModules
) -> Purpose:
    """The purpose of a folder that is called `name`; what is there counts before what is only said."""
    named = {source: said.lower() for source, said in _names(name, config, card)}
    is_qwen_reranker = _is_qwen_reranker(folder, named, config)
    ranks = next((source for source, said in named.items() if "rerank" in said), "")
    if is_qwen_reranker or ranks or not RANKING_TAGS.isdisjoint(_tags(card)):
        return Purpose(Task.RERANKING, ranks or CARD, names_qwen_reranker=is_qwen_reranker)
    known, by = _published(named)
    if not (known or modules.has_pooling or not EMBEDDING_TAGS.isdisjoint(_tags(card))):
        return Purpose(modules=modules)
    if modules.has_pooling and (modules.pooling or modules.other_pooling):
        return Purpose(Task.EMBEDDING, MODULES, modules.pooling, modules=modules)
    if known:
        model, pooling = PUBLISHED_POOLING[known]
        return Purpose(Task.EMBEDDING, by, pooling, model, modules)
    return Purpose(Task.EMBEDDING, MODULES if modules.has_pooling else CARD, modules=modules)


def _names(name: str, config: Mapping[str, Any], card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    base = card.get("base_model")
    yield text("the folder's name"), name
    yield CONFIG, _text(config.get("_name_or_path"))
    yield CARD, " ".join(map(_text, base)) if isinstance(base, list) else _text(base)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _published(named: Mapping[str, str]) -> tuple[str, str]:
    found = ((known, source) for source, said in named.items() for known in PUBLISHED_POOLING if known in said)
    return next(found, ("", ""))


def _tags(card: Mapping[str, Any]) -> set[str]:
    tags = card.get("tags")
    found = [*(tags if isinstance(tags, list) else ()), card.get("pipeline_tag"), card.get("library_name")]
    return {one for one in found if isinstance(one, str)}


def _is_qwen_reranker(folder: Path, named: Mapping[str, str], config: Mapping[str, Any]) -> bool:
    """As llama.cpp conversion/qwen.py, _is_qwen3_reranker, tells it; also by the base model, which mlx-lm notes."""
    if not _text(config.get("model_type")).startswith("qwen3"):
        return False
    if any(reranker in said for said in named.values() for reranker in QWEN_RERANKERS):
        return True
    readme = read_readme(folder).lower()
    return any(f"# {reranker}" in readme for reranker in QWEN_RERANKERS)
