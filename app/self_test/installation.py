"""What is installed: versions, and the parts that a packager could have left out."""

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import version

from app import __version__
from app.core.architectures.supported import supported_models
from app.core.ggml_library import quantize_rows
from app.core.kernel_library import LIBRARY, kernel_function
from app.core.language import find_language, language_codes
from app.core.resources import resource_path
from app.core.text import Text, text
from app.core.weights.mlx_thread import compute
from app.self_test.check import Check, CheckFailedError

PACKAGES = ("mlx", "mlx-lm", "xllamacpp", "gguf", "tokenizers", "numpy", "PySide6-Essentials")
LEAST_MODELS = 100  # model types; a build that finds no families by name has none
LICENCES = "licences/licences.json"


def versions() -> Iterator[tuple[str, Text | str]]:
    """Names and what they are here."""
    frozen = getattr(sys, "frozen", False)
    how = text("as an app of its own") if frozen else text("in a Python environment")
    yield "MLX Ferry", text("{version}, {how}", version=__version__, how=how)
    yield "Python", platform.python_version()
    yield "system", f"{platform.system()} {platform.mac_ver()[0] or platform.release()}, {platform.machine()}"
    yield "MLX device", device_name()
    for name in PACKAGES:
        yield name, version(name)


def device_name() -> str:
    """The processor that MLX computes with, by its own name."""
    return compute(_device_name)


def _device_name() -> str:
    import mlx.core as mx

    device = mx.default_device()
    return str(mx.device_info(device).get("device_name") or device)


def installation_checks() -> Iterator[Check]:
    """What every later check needs."""
    yield Check(text("All families of models are there"), _families)
    yield Check(text("Our own kernels and ggml's encoder are there"), _encoders)
    yield Check(text("Catalogues of translations and other resources are there"), _resources)


def _families() -> list[Text]:
    count = len(supported_models())
    if count < LEAST_MODELS:
        raise CheckFailedError(text("Only {count} model types are known.", count=count))
    return [text("{count} model types", count=count)]


def _encoders() -> list[Text]:
    import numpy as np
    from gguf import GGMLQuantizationType

    blocks = np.empty(1024, np.uint8)
    quantize_rows(np.linspace(-1, 1, 256, dtype=np.float32), GGMLQuantizationType.Q4_K, blocks)
    if kernel_function("mlx_ferry_kernels_interface", None) is None:
        if getattr(sys, "frozen", False):
            raise CheckFailedError(text("The kernels are missing: {path}", path=LIBRARY))
        return [text("The kernels were not compiled; ggml encodes, which takes longer.")]
    return []


def _resources() -> list[str]:
    spoken = [find_language([code]).code for code in language_codes()]
    if len(spoken) < 2 or len(set(spoken)) != len(spoken):
        raise CheckFailedError(text("Catalogues of translations are missing: there are {found}.", found=spoken))
    for name in ("app-icon.svg", "chat_templates.json", "passages/english.txt", "verification/page.html"):
        resource_path(name)
    return spoken
