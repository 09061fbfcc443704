"""A GGUF file with keys and no tensors."""

from pathlib import Path
from typing import Any

from gguf import GGUFWriter


def write_header(path: Path, keys: dict[str, Any]) -> Path:
    """Numbers as uint32, lists as strings."""
    others = {key: value for key, value in keys.items() if key != "general.architecture"}
    writer = GGUFWriter(path, keys.get("general.architecture", "llama"))
    for key, value in others.items():
        if isinstance(value, list):
            writer.add_array(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_uint32(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
