"""config.json and the index, damaged with a purpose: quantization that contradicts, maps that lead out."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from app.core.architectures import find_architecture
from app.core.checkpoint.shard_index import INDEX
from tests.damage import AGAIN, JUNK, VALUES, damaged_bytes, damaged_json, dumps

MODULES = ["model.embed_tokens", "model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj", "lm_head", "..", ""]
PACKINGS = st.fixed_dictionaries(
    {},
    optional={
        "bits": st.sampled_from([1, 2, 3, 4, 5, 6, 8, 0, -4, 7, 16, 10**30, 4.0, "4", None]),
        "group_size": st.sampled_from([16, 32, 64, 128, 256, 0, -64, 10**30, 64.0, None]),
        "mode": st.sampled_from(["affine", "mxfp4", "mxfp8", "nvfp4", "kquant", "new", "", None, 4]),
        "global_scale": st.booleans(),
        "per_tensor": st.dictionaries(
            st.sampled_from(MODULES), st.sampled_from(["q4_k", "q8_0", "iq1_s", "f16", "", 4])
        ),
    },
)
QUANTIZATIONS = st.builds(
    lambda default, exceptions: {**default, **exceptions},
    PACKINGS,
    st.dictionaries(st.sampled_from(MODULES), PACKINGS | st.booleans() | VALUES, max_size=2),
)


@st.composite
def damaged_config(draw, folder: Path) -> bytes:
    """config.json of a folder."""
    raw = (folder / "config.json").read_bytes()
    config = json.loads(raw)
    match draw(st.sampled_from(["settings", "settings", "settings", "quantization", "values", "bytes", "type"])):
        case "bytes":
            return draw(damaged_bytes(raw))
        case "values":
            return draw(damaged_json(config))
        case "quantization":
            _damage_packing(draw, config)
        case "type":
            config["model_type"] = draw(
                st.sampled_from(["gemma3", "gemma2", "qwen3", "bert", "", "../llama", "\x1b[2J"])
            )
        case _:
            place = config["text_config"] if isinstance(config.get("text_config"), dict) else config
            place |= draw(st.dictionaries(st.sampled_from(_settings_of(config)), JUNK, min_size=1, max_size=3))
    if draw(st.integers(0, 4)) == 0:
        config[AGAIN + draw(st.sampled_from(sorted(config)))] = draw(JUNK)
    return dumps(config)


def _settings_of(config: dict[str, Any]) -> list[str]:
    """Names of all settings that may matter to the model's family: its config's, nested ones too, and the defaults."""
    family = find_architecture(config["model_type"], config)
    assert family is not None
    names = {*config, *(config.get("text_config") or {}), *family.defaults}
    names |= {name for row in family.all_metadata for name in row.names}
    names |= {requirement.name for requirement in family.all_requirements} | {"rope_scaling", "rope_parameters"}
    return sorted(names - {"text_config"})


def _damage_packing(draw: Any, config: dict[str, Any]) -> None:
    old = deepcopy(config.get("quantization") or {})
    new = draw(QUANTIZATIONS)
    config["quantization"] = draw(st.sampled_from([new, {**old, **new}, {**new, **old}]))
    if draw(st.booleans()):
        config["quantization_config"] = draw(QUANTIZATIONS | VALUES)


@st.composite
def damaged_index(draw, folder: Path, outside: Path) -> bytes:
    """The index of a folder; `outside` is a folder beside it that nobody may look into."""
    index = json.loads((folder / INDEX).read_bytes())
    places = st.sampled_from(
        [
            *("", ".", "..", "../model.safetensors", "/etc/passwd", "\0", "a\\b", "a/b", "~", "config.json", INDEX),
            *(str(outside / "model.safetensors"), f"../{outside.name}/model.safetensors", "model.safetensors\0"),
            *("x" * 300, "\x1b[2J.safetensors", "model-99999-of-00001.safetensors"),
        ]
    )
    wanted = index["weight_map"]
    match draw(st.sampled_from(["places", "places", "all", "names", "values", "bytes"])):
        case "values":
            return draw(damaged_json(index))
        case "bytes":
            return draw(damaged_bytes(json.dumps(index).encode()))
        case "all":
            index["weight_map"] = dict.fromkeys(wanted, draw(places))
        case "names":
            name = draw(st.sampled_from(sorted(wanted)))
            wanted[draw(st.text(max_size=9) | st.sampled_from(["../a", AGAIN + name, "lm_head.weight"]))] = wanted[name]
        case _:
            for name in draw(st.lists(st.sampled_from(sorted(wanted)), min_size=1, max_size=3)):
                wanted[name] = draw(places | VALUES)
    return dumps(index)
