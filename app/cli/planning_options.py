"""inspect and convert: the arguments of commands that plan a conversion."""

import argparse

from app.cli.argument_parser import Parser, add_model
from app.cli.option_values import (
    explained,
    metadata_entry,
    model_name,
    one_output_type,
    output_types,
    path_to_write,
    size,
    some_path,
    tensor_choice,
)
from app.core.choices import HeadChoice, Layout
from app.core.language import Language
from app.core.text import text

TYPE = text("how matrices are stored (the types are listed below); default: auto")

SEVERAL = text(
    "several types, separated by commas or given with --type again, make several files; the folder is read once"
)

TENSOR_TYPE = text(
    "the type of all tensors whose GGUF name matches PATTERN, part of a name or a regular "
    "expression, as for\n"
    "llama-quantize; may be repeated, and the first match counts; example: --tensor-type attn_v=q8_0"
)

TENSOR_TYPES = text("a text file with one PATTERN=TYPE per line; --tensor-type takes precedence")

IMATRIX = text(
    "an importance matrix, a GGUF file that llama-imatrix made from this model: types below 8 bits lose less"
)

LM_HEAD = text(
    """\
the output matrix: auto (keep it if it differs from the embedding, share it if it is a copy), share (use the
embedding), keep (write it as it is); default: auto"""
)

PRE_TOKENIZER = text(
    "how llama.cpp splits text before tokenizing, for a tokenizer that is not recognized (a finding "
    "then lists the names)"
)
NAME = text(
    "the model's name, in the file and in the file's own name; default: the folder's name. Only "
    "with this option does a\n"
    "renamed folder give the same file"
)

METADATA = text(
    "what the file says of itself under general.KEY, such as author, license, description or tags (with commas); "
    "may be repeated; without a VALUE the key is left out"
)

SPLIT_MAX_SIZE = text(
    "divide a larger file into parts of at most SIZE (as in 500M or 4G), named and numbered as by llama-gguf-split"
)

LAYOUT = text(
    "how the tensors are arranged: auto (detected), mlx (as mlx-lm saves them), huggingface (as "
    "published); default: auto"
)


def add_inspect(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
    """What a conversion would write."""
    brief = text("show what is in a folder and what a conversion would write; nothing is written")
    full = text("Show what is in a folder and what a conversion would write; nothing is written.")
    inspect = _add_planning(commands, "inspect", brief, full, language)
    inspect.add_argument(
        "--type", type=explained(one_output_type, language), default=[], metavar="TYPE", help=language(TYPE)
    )


def add_convert(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
    """The same, written; a plan for each type."""
    brief, full = text("write the GGUF file"), text("Convert the model in a folder to a GGUF file.")
    convert = _add_planning(commands, "convert", brief, full, language)
    convert.add_argument(
        "--type",
        type=explained(output_types, language),
        action="append",
        default=[],
        metavar="TYPE[,TYPE]",
        help=f"{language(TYPE)}; {language(SEVERAL)}",
    )
    convert.add_argument(
        "-o",
        "--output",
        type=explained(path_to_write, language),
        metavar="FILE",
        help=language(
            text(
                "the file to write, or a folder to write into (always a folder for several types); default: "
                "FOLDER-TYPE.gguf beside the folder"
            )
        ),
    )
    convert.add_argument(
        "--verify",
        action="store_true",
        help=language(text("check the file when it is written, as `verify` does")),
    )
    convert.add_argument(
        "--to",
        choices=["lm-studio", "ollama"],
        help=language(text("bring the file there when it is written, as `deliver` does; not if --verify finds it bad")),
    )
    convert.add_argument(
        "--overwrite", action="store_true", help=language(text("replace FILE if it exists and is a regular file"))
    )
    convert.add_argument(
        "--card",
        action="store_true",
        help=language(
            text("write a model card for Hugging Face, README.md, beside the file, and say how to upload both")
        ),
    )
    convert.add_argument(
        "--report",
        type=explained(path_to_write, language),
        metavar="FILE",
        help=language(text("write a report of the conversion as JSON (a list for several files); --json prints it")),
    )


def _add_planning(
    commands: "argparse._SubParsersAction[Parser]", name: str, brief: str, full: str, language: Language
) -> Parser:
    """A command that plans a conversion, with what a plan can be asked for."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(name, help=language(brief), description=language(full), formatter_class=raw)
    parser.language, parser.late_epilog = language, lambda: _types(language)
    add_model(parser, language)
    choice = explained(tensor_choice, language)
    parser.add_argument(
        "--tensor-type", type=choice, action="append", default=[], metavar="PATTERN=TYPE", help=language(TENSOR_TYPE)
    )
    parser.add_argument(
        "--tensor-types", type=explained(some_path, language), metavar="FILE", help=language(TENSOR_TYPES)
    )
    parser.add_argument("--imatrix", type=explained(some_path, language), metavar="FILE", help=language(IMATRIX))
    parser.add_argument(
        "--lm-head", choices=[choice.value for choice in HeadChoice], default="auto", help=language(LM_HEAD)
    )
    parser.add_argument(
        "--layout", choices=["auto", *(layout.value for layout in Layout)], default="auto", help=language(LAYOUT)
    )
    entry = explained(metadata_entry, language)
    parser.add_argument(
        "--metadata", type=entry, action="append", default=[], metavar="KEY=VALUE", help=language(METADATA)
    )
    parser.add_argument(
        "--split-max-size", type=explained(size, language), metavar="SIZE", help=language(SPLIT_MAX_SIZE)
    )
    parser.add_argument("--pre-tokenizer", metavar="NAME", help=language(PRE_TOKENIZER))
    parser.add_argument("--name", type=explained(model_name, language), metavar="NAME", help=language(NAME))
    parser.add_argument("--json", action="store_true", help=language(text("print JSON instead of text")))
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _types(language: Language) -> str:
    from app.core.ggml_types import OUTPUTS

    lines = (f"  {kind.value:<9} {language(output.hint)}".rstrip() for kind, output in OUTPUTS.items())
    return "\n".join([language(text("types:")), *lines])
