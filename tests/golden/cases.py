"""The models that references are made of. Both the script that makes them and the test build the very same tensors."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.tiny_checkpoints import EMBEDDING, HEAD, gemma3_config, huggingface_tensors, row_count

ALL_TYPES = ("f32", "f16", "bf16", "q8_0")


@dataclass(frozen=True)
class Case:
    """One model: changes to config.json, the dtype of its folder, whether it has a head of its own."""

    dtype: str = "bfloat16"
    types: tuple[str, ...] = ALL_TYPES
    has_own_head: bool = False
    more_rows: int = 0  # rows of the embedding that the tokenizer has no token for
    changes: dict[str, Any] = field(default_factory=dict)
    is_vision_model: bool = False

    @property
    def text_config(self) -> dict[str, Any]:
        """config.json of the text model."""
        config = gemma3_config(row_count() + self.more_rows, torch_dtype=self.dtype, **self.changes)
        return {key: value for key, value in config.items() if value is not None}

    @property
    def config(self) -> dict[str, Any]:
        """config.json of the whole model."""
        if not self.is_vision_model:
            return self.text_config
        return {
            "architectures": ["Gemma3ForConditionalGeneration"],
            "model_type": "gemma3",
            "text_config": self.text_config,
            "vocab_size": self.text_config["vocab_size"],
            "torch_dtype": self.dtype,
        }

    def text_tensors(self) -> dict[str, np.ndarray]:
        """The text model's tensors by their Hugging Face names."""
        tensors = huggingface_tensors(self.text_config)
        if self.has_own_head:
            tensors[HEAD] = tensors[EMBEDDING][::-1].copy()
        return tensors

    def tensors(self) -> dict[str, np.ndarray]:
        """The whole model's tensors by their Hugging Face names (google/gemma-3-4b-it has these prefixes)."""
        prefix = "language_model." if self.is_vision_model else ""
        return {prefix + name: values for name, values in self.text_tensors().items()}


CASES = {
    "tied": Case(),
    "untied": Case(has_own_head=True, types=("bf16",)),
    "float16": Case(dtype="float16", types=("f16", "f32", "q8_0")),
    "float32": Case(dtype="float32"),
    "more-rows": Case(more_rows=64, types=("bf16",)),
    "vision": Case(is_vision_model=True, more_rows=64, types=("bf16", "q8_0")),
    "rope-scaling": Case(changes={"rope_scaling": {"rope_type": "linear", "factor": 8.0}}, types=("bf16",)),
    "rope-parameters": Case(
        types=("bf16",),
        changes={
            "rope_theta": None,
            "rope_local_base_freq": None,
            "sliding_window_pattern": None,
            "layer_types": ["sliding_attention"] * 5 + ["full_attention"],
            "rope_parameters": {
                "full_attention": {"rope_type": "default", "rope_theta": 1000000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
            },
        },
    ),
    "odd-rows": Case(changes={"intermediate_size": 176}, types=("q8_0",)),  # 176 is no multiple of 32
}
