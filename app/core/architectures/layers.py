"""Which layers have a tensor: values that a family can name, turn round and combine."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.architectures.config_rows import Config, setting

OnLayer = Callable[[Config, int], bool] | None


@dataclass(frozen=True)
class Layers:
    """Some layers of a model, as config.json says; `test` is asked with config.json and the layer."""

    test: Callable[[Config, int], bool]

    def __call__(self, config: Config, layer: int) -> bool:
        return bool(self.test(config, layer))

    def __and__(self, other: "Layers") -> "Layers":
        return Layers(lambda config, layer: self(config, layer) and other(config, layer))

    @property
    def others(self) -> "Layers":
        """All the rest."""
        return Layers(lambda config, layer: not self(config, layer))

    def flags(self, config: Config) -> list[bool]:
        """For each layer, whether it is one of them."""
        return [self(config, layer) for layer in range(config["num_hidden_layers"])]


def from_layer(name: str) -> Layers:
    """Those from the layer on whose number is the setting `name`, counted from 0."""
    return Layers(lambda config, layer: layer >= config[name])


def each(name: str) -> Layers:
    """Every layer whose number, counted from 1, is a multiple of the setting `name`."""
    return Layers(lambda config, layer: (layer + 1) % config[name] == 0)


def of_kind(kind: str, name: str = "layer_types") -> Layers:
    """Those that the list `name` calls `kind`."""
    return Layers(lambda config, layer: config[name][layer] == kind)


def where(name: str) -> Layers:
    """All layers where the setting `name` is true or above zero, none where it is not."""
    return Layers(lambda config, _: bool(setting(config, name)))
