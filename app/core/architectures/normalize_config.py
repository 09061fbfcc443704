"""config.json in every dialect → one: flat, rope settings of transformers 4 and 5, dtype keys."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.checkpoint.text_config import text_settings

Settings = Callable[[Mapping[str, Any]], dict[str, Any]]
OWN_KEYS = ("rope_theta", "partial_rotary_factor")  # transformers 4 keeps these beside rope_scaling
LOCAL_KEYS = {"rope_theta": "rope_local_base_freq", "partial_rotary_factor": "local_partial_rotary_factor"}


def normalize_config(
    config: Mapping[str, Any], defaults: Mapping[str, Any] | None = None, settings: Settings = dict
) -> dict[str, Any]:
    """The text model's settings, flat, with transformers 4's rope keys; `defaults` fill what is not there.

    `settings` makes the dictionaries from which defaults are computed, and the one that is returned. The arguments stay
    as they are.
    """
    flat = text_settings(config)
    if "dtype" in flat:  # transformers 5 renamed torch_dtype
        flat.setdefault("torch_dtype", flat.pop("dtype"))
    rope = flat.pop("rope_parameters", None)
    if isinstance(rope, dict):
        _unify_rope(flat, rope)
    flat["rope_scaling"] = _scaling(flat.get("rope_scaling"))
    return settings(_filled(flat, defaults or {}, settings))


def _filled(flat: dict[str, Any], defaults: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Defaults for keys that are missing; those that are functions of the other settings, also for null."""
    for name, value in defaults.items():
        if callable(value):
            if flat.get(name) is None:
                flat[name] = value(settings({**defaults, **flat}))
        else:
            flat.setdefault(name, value)
    return flat


def _scaling(scaling: object) -> dict[str, Any]:
    """Rope scaling with `rope_type` where there is some; other keys, as mrope_section, stay in any case."""
    if scaling is None:
        return {}
    if not isinstance(scaling, dict):
        return {"rope_type": repr(scaling)}  # no family knows it, so that it will be refused by name
    rest = {key: value for key, value in scaling.items() if key not in ("rope_type", "type")}
    kind = scaling.get("rope_type", scaling.get("type"))  # "type" before transformers 4.45
    return rest if kind in (None, "default", "mrope") else {**rest, "rope_type": kind}


def _unify_rope(flat: dict[str, Any], rope: dict[str, Any]) -> None:
    """transformers 5 keeps one set of rope settings, or one for each kind of layer."""
    whole = rope.get("full_attention", rope)
    local = rope.get("sliding_attention")
    if isinstance(local, dict):
        flat |= {LOCAL_KEYS[key]: local[key] for key in OWN_KEYS if key in local}
        flat["local_rope_scaling"] = _scaling({key: value for key, value in local.items() if key not in OWN_KEYS})
    if isinstance(whole, dict):
        flat |= {key: whole[key] for key in OWN_KEYS if key in whole}
        flat["rope_scaling"] = {key: value for key, value in whole.items() if key not in OWN_KEYS}
