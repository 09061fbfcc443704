"""Which tokenizer files a folder has, and its chat template. tokenizer.json itself (33 MB for Gemma) is read later."""

from pathlib import Path
from typing import Any

from app.core.checkpoint.folder_json import optional_object
from app.core.checkpoint.json_files import MEBIBYTE, UnreadableJsonError, read_bytes
from app.core.checkpoint.stored import TokenizerFiles
from app.core.findings import Finding, stop, warning


def find_tokenizer(folder: Path) -> tuple[TokenizerFiles, list[Finding]]:
    """The tokenizer files of the folder and what is wrong with them."""
    findings: list[Finding] = []
    config = optional_object(folder, "tokenizer_config.json", findings)
    template, source = _chat_template(folder, config, findings)
    json_path, model_path = folder / "tokenizer.json", folder / "tokenizer.model"
    files = TokenizerFiles(
        json_path if json_path.is_file() else None,
        model_path if model_path.is_file() else None,
        config,
        template,
        source,
    )
    if files.tokenizer_json is None:
        findings.append(_no_tokenizer(files.tokenizer_model is not None))
    return files, findings


def _chat_template(folder: Path, config: dict[str, Any], findings: list[Finding]) -> tuple[str | None, str]:
    """The template and the file it stands in. Order of precedence: gguf 0.19 vocab.py, SpecialVocab."""
    inside = _default_template(config.get("chat_template"))
    if inside is not None:
        return inside, "tokenizer_config.json"
    try:
        text = read_bytes(folder / "chat_template.jinja", MEBIBYTE).decode("utf-8")
    except FileNotFoundError:
        return None, ""
    except (UnreadableJsonError, UnicodeDecodeError) as error:
        findings.append(
            warning(
                "bad-chat-template",
                f"chat_template.jinja cannot be used: {error}.",
                "The file will carry no chat template; programs will then guess one.",
                "Copy chat_template.jinja again from where the model came from.",
                "chat_template.jinja",
            )
        )
        return None, ""
    return text, "chat_template.jinja"


def _default_template(value: Any) -> str | None:
    """The template itself, or the one named default in a list of named ones."""
    if isinstance(value, list):
        value = next((v.get("template") for v in value if isinstance(v, dict) and v.get("name") == "default"), None)
    return value if isinstance(value, str) else None


def _no_tokenizer(has_model: bool) -> Finding:
    what = "There is no tokenizer.json in this folder" + (", only a tokenizer.model." if has_model else ".")
    return stop(
        "no-tokenizer",
        what,
        "Without its vocabulary a model cannot read or write text.",
        "Copy tokenizer.json and tokenizer_config.json from the base model into the folder.",
        "tokenizer.json",
    )
