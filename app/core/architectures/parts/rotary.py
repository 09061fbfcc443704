"""How much of each head rotates, where it is not all of it."""

from gguf import Keys

from app.core.architectures.config_rows import Config, ConfigRow, u32
from app.core.architectures.sizes import head_size


def rotary_size(config: Config) -> int:
    """Values of a head that rotate; the head may have the usual size where config.json does not say one."""
    return int(head_size(config) * config["partial_rotary_factor"])


ROTARY_SIZE = u32(Keys.Rope.DIMENSION_COUNT, "partial_rotary_factor", value=rotary_size)


def share_of_head(name: str = "partial_rotary_factor", key: str = Keys.Rope.DIMENSION_COUNT) -> ConfigRow:
    """The same of models whose config.json always says how large a head is."""
    return u32(key, name, value=lambda config: int(config["head_dim"] * config[name]))
