"""A folder that holds what fine-tuning changed, and no model: what becomes a file, and what does not yet."""

from pathlib import Path

from app.core.checkpoint.adapter_names import READ, SAVED_ON_THE_WAY, SETTINGS
from app.core.findings import Finding, blocker
from app.core.text import text

PICKLED = "adapter_model.bin"  # PEFT before 0.7


def find_adapter(folder: Path, names: list[str]) -> Finding | None:
    """What kind of adapter a folder holds; `names` are its files, sorted. None where there is none."""
    steps = [name for name in names if SAVED_ON_THE_WAY.fullmatch(name)]
    found = next((name for name in (*READ, *reversed(steps)) if name in names), "")
    if found:
        return _without_settings(found) if SETTINGS not in names else _adapter(folder, found)
    if PICKLED in names:
        return _not_read(PICKLED)
    return _settings_only() if SETTINGS in names else None


def _adapter(folder: Path, name: str) -> Finding:
    return blocker(
        "adapter-only",
        text("This folder holds an adapter (LoRA), {file}, and no model weights.", file=name),
        text("An adapter holds only the changes to its base model."),
        text(
            "Open {folder} itself: its base is found where adapter_config.json says, or add it to a model.",
            folder=folder,
        ),
        name,
    )


def _without_settings(name: str) -> Finding:
    return blocker(
        "adapter-only",
        text("This folder holds an adapter (LoRA), {file}, and no model weights.", file=name),
        text(
            "{settings} is missing: only it says how strong the changes are, and for which layers.", settings=SETTINGS
        ),
        text("Copy {settings} from where the adapter was trained, and open the folder again.", settings=SETTINGS),
        name,
    )


def _not_read(name: str) -> Finding:
    return blocker(
        "adapter-only",
        text("This folder holds an adapter (LoRA), {file}, and no model weights.", file=name),
        text("A file of this kind is not read: loading it could run any program."),
        text("Load the adapter with the tool that made it, and save it as safetensors: new versions do so themselves."),
        name,
    )


def _settings_only() -> Finding:
    return blocker(
        "adapter-only",
        text(
            "This folder holds the settings of an adapter, {file}, and neither its weights nor a model.", file=SETTINGS
        ),
        text("There is nothing to convert."),
        text("Copy adapters.safetensors, or adapter_model.safetensors of PEFT, from where the adapter was trained."),
        SETTINGS,
    )
