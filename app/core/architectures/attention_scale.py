"""Gemma's attention scale: llama.cpp's is built in, and keys are scaled where config.json asks for another."""

import math
from dataclasses import dataclass

from app.core.architectures.architecture import Layer
from app.core.architectures.config_rows import Config, setting
from app.core.architectures.ops import NOTHING, Change, Scale
from app.core.architectures.requirements import Requirement
from app.core.text import text

SETTING = "query_pre_attn_scalar"


@dataclass(frozen=True)
class AttentionScale:
    """A graph that divides by the root of a head's size, or, with `layers_of_27b`, of hidden_size / heads."""

    layers_of_27b: int

    def after(self, change: Change, layer: Layer) -> Change:
        """`change`, and then what keys lack: queries or keys could be scaled, and keys have fewer heads.

        Raises ValueError for a setting that is no number above zero.
        """
        factor = self._factor(layer.config)
        return change if factor == 1 else Change(change.rows, change.within_rows, (*change.values, Scale(factor)))

    def alone(self, layer: Layer) -> Change:
        """The same for keys to which nothing else happens."""
        return self.after(NOTHING, layer)

    @property
    def requirement(self) -> Requirement:
        """Says that keys are scaled."""
        return Requirement(
            SETTING,
            text("an attention scale that follows from the size of a head"),
            lambda config: self._factor(config) == 1,
            is_made_up_for=True,
        )

    def _factor(self, config: Config) -> float:
        built_in, stated = self._built_in(config), setting(config, SETTING)
        if stated is None:
            return 1.0
        if isinstance(stated, bool) or not isinstance(stated, int | float) or not stated > 0:
            raise ValueError(text("{value!r:.40} is not a usable number", value=stated))
        return math.sqrt(built_in / stated)

    def _built_in(self, config: Config) -> int:
        is_27b = config["num_hidden_layers"] == self.layers_of_27b
        return int(config["hidden_size"] // config["num_attention_heads"] if is_27b else config["head_dim"])
