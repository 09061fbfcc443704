"""Make tests/golden/tokenizers.json: what llama.cpp's own converter makes of real tokenizers.

    python -m tests.golden.make_tokenizers --peer LLAMA_CPP --tokenizers FOLDER [NAME ...]

LLAMA_CPP is a llama.cpp checkout, FOLDER holds the tokenizers of tokenizer_cases.py as Hugging Face folders, where
there is one with tokenizer.model. Needs torch, transformers 5, sentencepiece and that checkout's gguf-py. Each is
given to the converter as published, and as transformers saves it again. With names only those are made anew. The list
of words (PLaMo's) and the ends of a text (CodeLlama's, Hunyuan's) are made up, and always made anew.
"""

import argparse
import importlib
import json
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gguf

from tests.core.tokenizer.word_list import save_word_list
from tests.golden.golden_json import write_golden
from tests.golden.tokenizer_cases import (
    CASES,
    CODE_LLAMA,
    ENDS,
    HUNYUAN,
    TYPES,
    WORD_LIST,
    TokenizerCase,
    digest_keys,
    save_sample,
)

TARGET = Path(__file__).with_name("tokenizers.json")
VERSIONS = ("transformers", "tokenizers", "sentencepiece", "gguf")


def reference(case: TokenizerCase, folder: Path) -> dict[str, list[Any]]:
    """Keys in digests: set_vocab, called on a model that has nothing but a folder and its sizes."""
    module, name = case.converter.split(".")
    kind = getattr(importlib.import_module(f"conversion.{module}"), name)
    model: Any = object.__new__(kind)
    model.dir_model, model.hparams = folder, {"vocab_size": case.rows, "model_type": case.model_type}
    model.gguf_writer, model.is_mistral_format = gguf.GGUFWriter(None, "llama"), False
    model.origin_hf_arch = model.hf_arch = None
    if case.known_pre:
        model.get_vocab_base_pre = lambda _tokenizer: case.known_pre
    model.set_vocab()
    return digest_keys(model.gguf_writer)


def resave(source: Path, target: Path) -> Path:
    from transformers import AutoTokenizer

    AutoTokenizer.from_pretrained(source).save_pretrained(target)
    return target


def published_types(peer: Path, name: str) -> list[Any]:
    reader: Any = gguf.GGUFReader(peer / "models" / name)
    writer = gguf.GGUFWriter(None, "llama")
    writer.add_token_types(reader.get_field(TYPES).contents())
    return digest_keys(writer)[TYPES]


def make_case(case: TokenizerCase, peer: Path, source: Path, target: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"published": reference(case, source), "resaved": None}
    if not case.resaved_is_wrong:
        found["resaved"] = reference(case, resave(source, target))
    for keys in found.values():
        if keys and case.types_from:
            keys[TYPES] = published_types(peer, case.types_from)
        for key in case.left_out:
            (keys or {}).pop(key, None)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--tokenizers", type=Path, required=True)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.peer))
    cases = json.loads(TARGET.read_text(encoding="utf-8"))["cases"]
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names or CASES:
            print(name, flush=True)
            cases[name] = make_case(CASES[name], arguments.peer, arguments.tokenizers / name, Path(folder) / name)
        word_list = reference(WORD_LIST, save_word_list(Path(folder)))
        ends = {
            case.model_type: {
                key: value
                for key, value in reference(case, save_sample(case, Path(folder) / case.model_type)).items()
                if key in ENDS
            }
            for case in (CODE_LLAMA, HUNYUAN)
        }
    made_with = {package: version(package) for package in VERSIONS}
    kept = {name: cases[name] for name in CASES}
    write_golden(TARGET, {"made_with": made_with, "cases": kept, "word_list": word_list, "ends": ends})


if __name__ == "__main__":
    main()
