"""mlx-lm with a model folder: activations in float32 by promotion, weights as they are."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.arrays import Floats
from app.core.verify.engines.cpu_products import multiply_by_numpy
from app.core.verify.engines.model import FailedError, Failure

if TYPE_CHECKING:
    import mlx.core as mx


class MlxLm:
    """One folder. No code from it runs: mlx-lm's own classes compute, and a `model_file` is refused."""

    def __init__(self, path: str, adapter: str | None = None) -> None:
        """`adapter`: a folder that mlx_lm.lora wrote. Raises FailedError."""
        os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
        from mlx_lm.tuner.utils import load_adapters
        from mlx_lm.utils import load_model

        avoid_virtual_gpu()
        try:
            self._model, _ = load_model(Path(path), lazy=True)
            if adapter:
                load_adapters(self._model, adapter)
        except MemoryError:
            raise
        except Exception as error:
            raise FailedError(Failure.LOAD, f"{error!s:.300}") from error
        compute_in_float32(self._model)
        if has_cpu_alone():
            multiply_by_numpy(self._model)
            do_without_a_compiler()
        self._cache: Any = None
        self.token_count = 0  # known with the first logits

    def restart(self) -> None:
        """Forget what was computed."""
        from mlx_lm.models.cache import make_prompt_cache

        # as when it generates: some models share keys and values only by way of the cache
        self._cache = make_prompt_cache(self._model)

    def logits(self, ids: list[int]) -> Floats:
        """(n,) tokens that follow those before → (n, tokens) logits after each of them."""
        import mlx.core as mx

        try:
            found = np.array(self._model(mx.array([ids]), cache=self._cache)[0].astype(mx.float32))
        except MemoryError:
            raise
        except Exception as error:
            raise FailedError(Failure.COMPUTE, f"{error!s:.300}") from error
        self.token_count = found.shape[1]
        return found

    def close(self) -> None:
        """Give the memory back."""
        import mlx.core as mx

        self._model = self._cache = None
        mx.clear_cache()


def avoid_virtual_gpu() -> None:
    """In a virtual machine a Mac's GPU is one that Apple plays, without bfloat16: not a measure for anything."""
    import mlx.core as mx

    if "Paravirtual" in str(mx.device_info(mx.default_device()).get("device_name")):  # mlx/backend/metal/allocator.cpp
        mx.set_default_device(mx.Device(mx.cpu))


def compute_in_float32(model: Any) -> None:
    """The embedding's output in float32; promotion does the rest.

    Where MLX has the CPU alone, which multiplies nothing else well, plain weights are widened, one after the other.
    """
    import mlx.core as mx
    import mlx.nn as nn  # its types are not declared

    if has_cpu_alone():
        widen(model)
    mx.eval(model.parameters())
    kinds: Any = (nn.Embedding, nn.QuantizedEmbedding)  # type: ignore[attr-defined]
    for _, embedding in model.named_modules():
        if isinstance(embedding, kinds):
            widen_output(embedding)


def has_cpu_alone() -> bool:
    """Whether MLX computes on the processor, as on Linux."""
    import mlx.core as mx

    return bool(mx.default_device() == mx.Device(mx.cpu))


def do_without_a_compiler() -> None:
    """On the processor MLX has the system's C++ compiler join operations, while it computes; there may be none."""
    import mlx.core as mx

    mx.disable_compile()


def widen(model: Any) -> None:
    """All numbers of less than 32 bits in float32; each original is given up before the next one is read."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    for _, module in model.named_modules():
        own: Any = tree_flatten(module.parameters())
        for name, value in own:
            if "." not in name and value.dtype in (mx.bfloat16, mx.float16):
                module[name] = value.astype(mx.float32)
                del value
                mx.eval(module[name])
        own.clear()


def widen_output(embedding: Any) -> None:
    """Let an embedding give float32."""
    import mlx.core as mx

    kind = type(embedding)

    def wide(self: Any, ids: "mx.array") -> "mx.array":
        if getattr(self, "mode", "") != "affine":
            return kind.__call__(self, ids).astype(mx.float32)  # type: ignore[no-any-return]
        steps, offsets = (part[ids].astype(mx.float32) for part in (self.scales, self.biases))  # it rounds otherwise
        return mx.dequantize(self.weight[ids], steps, offsets, self.group_size, self.bits)

    embedding.__class__ = type(kind.__name__, (kind,), {"__call__": wide})
