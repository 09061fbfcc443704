"""config.json's numbers are checked before anything is computed from them."""

from typing import Any

from gguf import Keys

from app.core.architectures import Architecture, Config, ConfigRow, setting
from app.core.findings import Finding
from app.core.model.config_values import Values, bad_config, impossible, name_of
from app.core.model.contradictions import contradictions
from app.core.model.value_ranges import fits
from app.core.text import text

# config.json may have one number for each layer here, as llama.cpp may; other lists come from a family's functions
PER_LAYER = (Keys.LLM.FEED_FORWARD_LENGTH,)


def layer_count(family: Architecture, config: Config) -> int:
    """The number of layers, which `check_config` has found to be one."""
    row = next(row for row in family.all_metadata if row.key == Keys.LLM.BLOCK_COUNT)
    return int(row.value_of(config))


def check_numbers(family: Architecture, config: Config) -> tuple[Finding, ...]:
    """A finding for each number that stands in config.json as it is written, and is none, or none that can be.

    To be asked before a family's functions compute with them, or count to them.
    """
    rows = (row for row in family.all_metadata if row.value is None)
    found = (_complaint(family, row, config, row.value_of(config)) for row in rows)
    return tuple(finding for finding in found if finding is not None)


def check_config(family: Architecture, config: Config, values: Values) -> tuple[Finding, ...]:
    """A finding for each number that is none, or that no model can have; `values`: the `metadata_values` of these.

    Raises CONFIG_ERRORS.
    """
    found = [_complaint(family, row, config, values[row.key]) for row in family.all_metadata]
    if setting(config, *_names(family, Keys.LLM.BLOCK_COUNT)) is None:
        found.append(bad_config(text("it does not say how many layers there are ({family})", family=family.name)))
    complaints = tuple(finding for finding in found if finding is not None)
    if complaints:
        return complaints
    return next(filter(None, contradictions(family, config, values)), ())


def _names(family: Architecture, key: str) -> tuple[str, ...]:
    return next(row.names for row in family.all_metadata if row.key == key)


def _complaint(family: Architecture, row: ConfigRow, config: Config, value: Any) -> Finding | None:
    may_be_list = row.value is not None or row.key in PER_LAYER
    is_sound = fits(row.key, row.type, family.gguf, value) and (may_be_list or not isinstance(value, list))
    return None if value is None or is_sound else impossible(name_of(row, config), value)
