"""What an adapter folder holds: the changes that fine-tuning made, by module."""

from app.core.adapter.adapter_values import Adapter, Dialect, LowRankModule
from app.core.adapter.files import holds_adapter_only
from app.core.adapter.find_base import find_base, find_model
from app.core.adapter.read import adapter_of, read_adapter

__all__ = [
    "Adapter",
    "Dialect",
    "LowRankModule",
    "adapter_of",
    "find_base",
    "find_model",
    "holds_adapter_only",
    "read_adapter",
]
