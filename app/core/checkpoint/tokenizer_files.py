"""Which tokenizer files a folder has. tokenizer.json itself (33 MB for Gemma) is read later."""

from pathlib import Path

from app.core.checkpoint.chat_templates import find_templates
from app.core.checkpoint.checkpoint_values import TokenizerFiles
from app.core.checkpoint.folder_json import optional_object
from app.core.findings import Finding, blocker
from app.core.text import text

# By what says most: other tools' vocabularies, half a pair, and what only describes a tokenizer
OF_NO_USE_ALONE = (
    *("spiece.model", "sentencepiece.bpe.model", "vocab.txt", "vocab.json", "merges.txt"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
)
WORD_LIST = "tokenizer.jsonl"  # of PLaMo 2 and 3; llama.cpp conversion/base.py, _set_vocab_plamo


def find_tokenizer(folder: Path) -> tuple[TokenizerFiles, list[Finding]]:
    """The tokenizer files of the folder and what is wrong with them."""
    findings: list[Finding] = []
    config = optional_object(folder, "tokenizer_config.json", findings)
    templates = find_templates(folder, config, findings)
    files = TokenizerFiles(
        tokenizer_json=_file(folder, "tokenizer.json"),
        tokenizer_model=_file(folder, "tokenizer.model"),
        vocab_json=_file(folder, "vocab.json"),
        merges_txt=_file(folder, "merges.txt"),
        word_list=_file(folder, WORD_LIST),
        tekken=_file(folder, "tekken.json"),
        tokenizer_config=config,
        added_tokens=optional_object(folder, "added_tokens.json", findings),
        chat_template=templates.default,
        chat_template_source=templates.source,
        named_templates=templates.named,
    )
    if not files.has_vocabulary:
        findings.append(_nothing_to_read(folder))
    return files, findings


def _nothing_to_read(folder: Path) -> Finding:
    if raw := sorted([*folder.glob("[!.]*.tiktoken"), *folder.glob("tiktoken.model")]):
        return _only_tiktoken(raw[0].name)
    return _no_tokenizer(next((name for name in OF_NO_USE_ALONE if _file(folder, name)), ""))


def _file(folder: Path, name: str) -> Path | None:
    path = folder / name
    return path if path.is_file() else None


def _no_tokenizer(found: str) -> Finding:
    return blocker(
        "no-tokenizer",
        text("Of the tokenizer, this folder has only {file}, which does not hold what MLX Ferry reads.", file=found)
        if found
        else text("There is no tokenizer in this folder."),
        text("Without its vocabulary a model cannot read or write text."),
        text("Copy tokenizer.json and tokenizer_config.json from the base model into the folder."),
        "tokenizer.json",
    )


def _only_tiktoken(name: str) -> Finding:
    return blocker(
        "only-tiktoken",
        text("The only tokenizer in this folder is {file:.60}, a raw tiktoken file.", file=name),
        text(
            "It lacks special tokens and the rules for splitting text. Those are in code beside it, and MLX "
            "Ferry never runs code from a model folder."
        ),
        text(
            "Copy tokenizer.json and tokenizer_config.json from a version of the model that has them into the folder."
        ),
        name,
    )
