"""Which settings a family cannot do without: those that mlx-lm requires, as far as they count for the file.

    python -m tests.core.architectures.needed_by_mlx_lm

writes them to resources/needed_settings.json, after mlx-lm or a family has changed.
"""

import json
from functools import cache
from typing import Any

from app.core.architectures import ARCHITECTURES, Architecture, Config, Layout, find_architecture
from app.core.architectures.normalize_config import normalize_config
from app.core.model.config_check import layer_count
from app.core.model.config_values import CONFIG_ERRORS, metadata_values
from app.core.model.expected_tensors import expected_tensors
from app.core.resources import resource_path
from tests.core.architectures.mlx_lm_args import args_classes, required
from tests.golden.family_models import FamilyModel, family_models
from tests.golden.variations import SILENT, changed
from tests.tiny_checkpoints import gemma3_config, row_count

# Families whose tiny model is another's
ALIKE = {
    "EmbeddingGemma": FamilyModel("embeddinggemma").config,
    "Gemma 3": gemma3_config(row_count()),
    "Ling with a normalized head": {**FamilyModel("bailing_moe").config, "norm_head": True},
}


def configs_of(family: Architecture) -> list[dict[str, Any]]:
    """Of its tiny models."""
    return _configs().get(family.name) or [ALIKE[family.name]]


@cache
def _configs() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for model in (*family_models(), *family_models(is_rounded=True)):
        family = find_architecture(model.config["model_type"], model.config)
        assert family is not None
        found.setdefault(family.name, []).append(model.config)
    return found


def needed_of(family: Architecture) -> list[str]:
    """What all of its model types require, and what its rows name or a tiny model's file depends on."""
    everywhere = frozenset.intersection(*(required(args) for args in args_classes(family).values()))
    rows = [row for part in (*family.parts, family) for row in part.metadata]
    named = {name for row in rows for name in row.names} | family.defaults.keys() | {"tie_word_embeddings"}
    told: set[str] = set()
    for config in configs_of(family):
        whole = file_of(family, config)
        told |= {name for name in everywhere - named - told if file_of(family, without(config, name)) != whole}
    return sorted(everywhere & (named | told))


def without(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The same without a setting, wherever it stands."""
    silent = changed(config, {name: SILENT})
    silent.pop(name, None)
    return silent


def file_of(family: Architecture, config: Config) -> object:
    """All that a file has from config.json, or what went wrong."""
    try:
        unified = normalize_config(config, family.defaults)
        wanted = expected_tensors(family, unified, layer_count(family, unified), row_count())
        return (
            metadata_values(family, unified),
            [(one.key, one.written_shape, [repr(one.form(layout).change) for layout in Layout]) for one in wanted],
            [one.fits(unified) for one in family.all_requirements],
            [one.values(unified) for one in family.all_computed],
        )
    except CONFIG_ERRORS as error:
        return repr(error)


def main() -> None:
    needed = {family.name: needed_of(family) for family in ARCHITECTURES}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(keys)}" for name, keys in sorted(needed.items()) if keys)
    resource_path("needed_settings.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
