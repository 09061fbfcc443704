"""open_checkpoint: a folder → what is in it, from headers and JSON alone."""

from itertools import chain
from pathlib import Path

from app.core.checkpoint.causes import find_cause
from app.core.checkpoint.checkpoint_values import Checkpoint
from app.core.checkpoint.folder import find_folder
from app.core.checkpoint.folder_json import optional_object, required_config
from app.core.checkpoint.grouping import group_tensors
from app.core.checkpoint.left_unread import left_unread
from app.core.checkpoint.model_card import read_model_card
from app.core.checkpoint.module_tensors import module_tensors
from app.core.checkpoint.purpose import find_purpose
from app.core.checkpoint.quantization import QuantizationSettings, quantization_settings
from app.core.checkpoint.safetensors_header import Header
from app.core.checkpoint.sentence_modules import read_sentence_modules
from app.core.checkpoint.single_files import refuse_foreign_file
from app.core.checkpoint.tokenizer_files import find_tokenizer
from app.core.checkpoint.unfused_lora import without_lora
from app.core.checkpoint.weight_files import read_weight_files
from app.core.display_name import display_name
from app.core.findings import Finding, blocker, few
from app.core.text import reason_of, text


def open_checkpoint(path: Path | str) -> Checkpoint:
    """Open the model folder at `path`, or the one that holds the file at `path`.

    Reads no weights. A broken folder opens too, with findings that say what is wrong.
    Raises CheckpointError when there is no such folder.
    """
    folder = find_folder(Path(path))
    refuse_foreign_file(Path(path).expanduser())
    findings: list[Finding] = []
    config = required_config(folder, findings)
    weights = read_weight_files(folder)
    settings = _settings(config, findings)
    stored, unfused = without_lora(chain.from_iterable(header.tensors for header in weights.headers))
    tensors = group_tensors(stored, settings)
    tokenizer, tokenizer_findings = find_tokenizer(folder)
    generation_config = optional_object(folder, "generation_config.json", findings)
    modules = read_sentence_modules(folder, findings)
    opened = find_cause(folder, config, weights, (*findings, *tokenizer_findings))
    unread = left_unread(folder, config) if opened.is_complete else ()
    name, card = display_name(folder), read_model_card(folder)
    return Checkpoint(
        folder=folder,
        name=name,
        config=config,
        generation_config=generation_config,
        model_card=card,
        tensors=tensors,
        files=tuple(header.file for header in weights.headers),
        saved_by_mlx=any(_is_mlx(header) for header in weights.headers),
        quantization=settings,
        tokenizer=tokenizer,
        findings=few((*opened.findings, *unread)),
        is_complete=opened.is_complete,
        lost_tensors=weights.lost,
        purpose=find_purpose(folder, name, config, card, modules),
        module_tensors=module_tensors(folder, modules),
        unfused=unfused,
    )


def _settings(config: dict[str, object], findings: list[Finding]) -> QuantizationSettings | None:
    try:
        return quantization_settings(config)
    except ValueError as error:
        findings.append(
            blocker(
                "bad-quantization",
                text("The quantization settings in config.json are invalid: {reason}.", reason=reason_of(error)),
                text("The quantized weights cannot be dequantized."),
                text("Save the model again with mlx-lm."),
                "config.json",
            )
        )
        return None


def _is_mlx(header: Header) -> bool:
    return header.metadata.get("format") == "mlx"  # mlx-lm utils.py, save_model
