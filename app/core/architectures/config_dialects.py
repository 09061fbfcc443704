"""config.json in every dialect → one: nested text_config, rope settings of transformers 4 and 5, dtype keys."""

from collections.abc import Mapping
from typing import Any


def unify(config: Mapping[str, Any]) -> dict[str, Any]:
    """The text model's settings, flat, with transformers 4's rope keys. The argument stays as it is."""
    flat = dict(config)
    nested = flat.pop("text_config", None)
    if isinstance(nested, dict):  # vision models keep the text model's settings one level deeper
        flat |= nested
        flat["model_type"] = config.get("model_type")
    if "dtype" in flat:  # transformers 5 renamed torch_dtype
        flat.setdefault("torch_dtype", flat.pop("dtype"))
    rope = flat.pop("rope_parameters", None)
    if isinstance(rope, dict):
        _unify_rope(flat, rope)
    flat["rope_scaling"] = _scaling(flat.get("rope_scaling"))
    return flat


def _scaling(scaling: object) -> dict[str, Any]:
    """Rope scaling as a dict with `rope_type`, empty when there is none."""
    if scaling is None:
        return {}
    if not isinstance(scaling, dict):
        return {"rope_type": repr(scaling)}  # no family knows it, so that it will be refused by name
    kind = scaling.get("rope_type", scaling.get("type"))  # "type" before transformers 4.45
    return {} if kind in (None, "default") else {**scaling, "rope_type": kind}


def _unify_rope(flat: dict[str, Any], rope: dict[str, Any]) -> None:
    """transformers 5 keeps one set of rope settings, or one for each kind of layer."""
    whole = rope.get("full_attention", rope)
    local = rope.get("sliding_attention")
    if isinstance(local, dict) and "rope_theta" in local:
        flat["rope_local_base_freq"] = local["rope_theta"]
    if isinstance(whole, dict):
        if "rope_theta" in whole:
            flat["rope_theta"] = whole["rope_theta"]
        flat["rope_scaling"] = {key: value for key, value in whole.items() if key != "rope_theta"}


def setting(config: Mapping[str, Any], names: tuple[str, ...], default: Any = None) -> Any:
    """The first of `names` that has a value other than null."""
    return next((config[name] for name in names if config.get(name) is not None), default)
