"""Which settings of config.json mlx-lm's modules read, and transformers', with the defaults of their classes."""

import ast
import dataclasses
import importlib
import inspect
from functools import cache
from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING, PreTrainedConfig

from tests.core.architectures.mlx_lm_args import taken

# What the settings are called where they are read
HOLDERS = {"args", "config", "text_config"}
PACKAGE = "mlx_lm.models."
SHARED = {"activations", "base", "cache", "rope_utils", "switch_layers"}  # are given values, and no settings
# Model types that are another model in transformers: an encoder of pictures, and MiniMax-Text-01
ANOTHER_MODEL = {"pixtral", "minimax"}


def counting_in_mlx_lm(args: type) -> dict[str, Any]:
    """Those that the modules of an arguments class read, with what is taken where config.json is silent, or None."""
    read = frozenset().union(*map(_read_in, _files(args.__module__)))
    defaults = taken(args)
    return {one.name: defaults.get(one.name) for one in dataclasses.fields(args) if one.name in read}


def counting_in_transformers(model_type: str) -> dict[str, Any]:
    """Those of the text model that its modeling file reads, under all their names, with the published defaults."""
    config = _published(model_type)
    if config is None:
        return {}
    folder = Path(inspect.getfile(type(config))).parent
    read = frozenset().union(*map(_read_in, folder.glob("modeling_*.py")))
    aliases = type(config).attribute_map
    read |= {aliases[name] for name in read & aliases.keys()}
    return {name: value for name, value in config.to_dict().items() if name in read}


def names_in_transformers(model_type: str) -> list[tuple[str, str]]:
    """Names that its configuration class takes as well, each with the one that it stands for."""
    config = _published(model_type)
    return [] if config is None else list(type(config).attribute_map.items())


@cache
def _published(model_type: str) -> PreTrainedConfig | None:
    if model_type not in CONFIG_MAPPING or model_type in ANOTHER_MODEL:
        return None
    return CONFIG_MAPPING[model_type]().get_text_config()


@cache
def _files(module: str) -> frozenset[Path]:
    """Of a module of mlx-lm and of those that it takes classes from."""
    seen, ahead = dict[str, Path](), [module]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen[name], others = _file_and_others(name)
            ahead += others
    return frozenset(seen.values())


@cache
def _file_and_others(module: str) -> tuple[Path, list[str]]:
    """Of one module: its file, and the modules that this takes from its package."""
    file = importlib.import_module(module).__file__
    assert file is not None
    others = list[str]()
    for node in ast.walk(_tree(Path(file))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            others += [node.module] if node.module else [one.name for one in node.names]
    return Path(file), [PACKAGE + one for one in others if one not in SHARED]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _read_in(path: Path) -> frozenset[str]:
    """The names of all attributes of settings."""
    found = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _name_of(node.value) in HOLDERS:
            found.add(node.attr)
        if isinstance(node, ast.Call) and _name_of(node.func) == "getattr" and len(node.args) > 1:
            holder, name = node.args[:2]
            if _name_of(holder) in HOLDERS and isinstance(name, ast.Constant):
                found.add(str(name.value))
    return frozenset(found)


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
