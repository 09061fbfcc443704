"""The command line's grammar and its help."""

import argparse
from typing import Any, NoReturn

from app import __version__
from app.cli.argparse_texts import let_argparse_say
from app.cli.deliver_command import add_deliver
from app.cli.models_command import add_models
from app.cli.option_values import adapter_choice, explained, one_output_type, output_types, path_to_write, some_path
from app.core.architectures import Layout
from app.core.ggml_types import OUTPUTS, OutputType
from app.core.language import Language, english
from app.core.plan import HeadChoice
from app.core.plan.header.edited import parse_entry
from app.core.plan.header.model_name import parse_name
from app.core.plan.split import parse_size
from app.core.plan.types.tensor_choices import parse_choice
from app.core.standard_streams import complain
from app.core.text import text

DESCRIPTION = text(
    "Convert a model folder that MLX wrote (mlx-lm, fine-tuned or not) to a GGUF file for "
    "llama.cpp, Ollama and LM Studio.\n"
    "Inspect it first to see what it holds and what would be written."
)

EXAMPLES = text(
    """\
examples:
  mlx-ferry inspect my-model             what is inside, and what would be written
  mlx-ferry convert my-model             writes my-model-BF16.gguf beside the folder
  mlx-ferry convert my-model --type q8_0 -o ~/Models/my-model.gguf
  mlx-ferry convert my-model --type q8_0,q4_k_m --imatrix my-model-imatrix.gguf
  mlx-ferry adapter my-adapter           a LoRA adapter as a file of its own, for llama.cpp
  mlx-ferry verify my-model my-model-Q4_K_M.gguf   whether the file holds what the folder does
  mlx-ferry deliver my-model-Q4_K_M.gguf --to lm-studio   to the program that runs it, or --to ollama
  mlx-ferry models                       the models on this Mac; inspect and convert take their names
  mlx-ferry architectures                which model types can be converted
  mlx-ferry --sample                     try it on the small model that comes with the program

exit codes: 0 done, 1 not possible (the reason is printed), 2 wrong usage, 130 cancelled,
129 or 143 ended by a signal"""
)

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

ADAPTER = text(
    "an adapter (LoRA, DoRA or full) to add to the model, of MLX or PEFT; may be repeated; with a STRENGTH "
    "other than 1 it counts more or less. A FOLDER that holds only an adapter finds its model by itself"
)

ADAPTER_TYPES = (OutputType.F32, OutputType.F16, OutputType.BF16)

LAYOUT = text(
    "how the tensors are arranged: auto (detected), mlx (as mlx-lm saves them), huggingface (as "
    "published); default: auto"
)


class _Parser(argparse.ArgumentParser):
    """Help that is lost is an error; wrong usage is told where it can be told, in the language of the rest."""

    language = english()

    def print_help(self, file: Any = None) -> None:
        print(self.format_help(), end="", file=file)  # argparse's own passes over errors

    def error(self, message: str) -> NoReturn:
        complain(
            self.format_usage() + self.language(text("{program}: error: {message}", program=self.prog, message=message))
        )
        raise SystemExit(2)


def build_parser(language: Language) -> argparse.ArgumentParser:
    """inspect, convert and the options that belong to neither."""
    let_argparse_say(language)
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser("mlx-ferry", description=language(DESCRIPTION), epilog=language(EXAMPLES), formatter_class=raw)
    parser.language = language
    parser.add_argument("--version", action="version", version=f"mlx-ferry {__version__}")
    parser.add_argument(
        "--sample", action="store_true", help=language(text("inspect and convert the bundled sample model"))
    )
    parser.add_argument(  # app/__main__.py runs it, above this front
        "--self-test", action="store_true", help=language(text("try the whole program here, on made-up models; alone"))
    )
    parser.add_argument("--debug", action="store_true", help=language(text("show a traceback with every error")))
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_inspect(commands, language)
    _add_convert(commands, language)
    _add_adapter(commands, language)
    _add_verify(commands, language)
    add_deliver(commands, language, explained(some_path, language))
    add_models(commands, language)
    _add_architectures(commands, language)
    return parser


def _add_inspect(commands: "argparse._SubParsersAction[_Parser]", language: Language) -> None:
    brief = text("show what is in a folder and what a conversion would write; nothing is written")
    full = text("Show what is in a folder and what a conversion would write; nothing is written.")
    inspect = _add_planning(commands, "inspect", brief, full, language)
    inspect.add_argument(
        "--type", type=explained(one_output_type, language), default=[], metavar="TYPE", help=language(TYPE)
    )


def _add_convert(commands: "argparse._SubParsersAction[_Parser]", language: Language) -> None:
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


def _add_adapter(commands: "argparse._SubParsersAction[_Parser]", language: Language) -> None:
    adapter = commands.add_parser(
        "adapter",
        help=language(text("write a LoRA adapter as a GGUF file of its own, for llama.cpp")),
        description=language(
            text(
                "Write a LoRA adapter as a GGUF file of its own, which llama.cpp adds to the base model's GGUF file. "
                "To have both in one file, use convert."
            )
        ),
    )
    adapter.language = language
    to_read, to_write = explained(some_path, language), explained(path_to_write, language)
    adapter.add_argument(
        "adapter", type=to_read, metavar="ADAPTER", help=language(text("the adapter's folder, or its file"))
    )
    adapter.add_argument(
        "--base",
        type=to_read,
        metavar="BASE",
        help=language(
            text(
                "the folder of the model that the adapter was trained on; default: the one that "
                "adapter_config.json names"
            )
        ),
    )
    adapter.add_argument(
        "-o",
        "--output",
        type=to_write,
        metavar="FILE",
        help=language(
            text(
                "the file to write, or a folder to write into; default: ADAPTER-lora-TYPE.gguf beside the adapter's "
                "folder"
            )
        ),
    )
    adapter.add_argument(
        "--type",
        choices=[kind.value for kind in ADAPTER_TYPES],
        default=OutputType.F32.value,
        help=language(text("how the matrices are stored; default: f32")),
    )
    adapter.add_argument(
        "--overwrite", action="store_true", help=language(text("replace FILE if it exists and is a regular file"))
    )
    adapter.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_verify(commands: "argparse._SubParsersAction[_Parser]", language: Language) -> None:
    verify = commands.add_parser(
        "verify",
        help=language(text("compare a GGUF file, whoever made it, with the folder that it comes from")),
        description=language(
            text(
                "Compare a GGUF file, whoever made it, with the folder that it comes from: every weight, the settings, "
                "the vocabulary, and what mlx-lm and llama.cpp predict and answer with them. The exit code is 0 only "
                "if the file is the same as the model or close to it."
            )
        ),
    )
    verify.language = language
    _add_model(verify, language)
    verify.add_argument(
        "file", type=explained(some_path, language), metavar="FILE", help=language(text("the GGUF file to check"))
    )
    verify.add_argument(
        "--quick", action="store_true", help=language(text("leave out what computes with the whole model"))
    )
    verify.add_argument(
        "--text",
        type=explained(some_path, language),
        metavar="FILE",
        help=language(text("read this text in the place of the bundled ones")),
    )
    verify.add_argument(
        "--report",
        type=explained(some_path, language),
        metavar="PATH",
        help=language(text("also write a report: a page (.html), everything (.json) or lines for a model card (.md)")),
    )
    verify.add_argument("--overwrite", action="store_true", help=language(text("replace an existing report")))
    verify.add_argument("--json", action="store_true", help=language(text("print JSON instead of text")))
    verify.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_architectures(commands: "argparse._SubParsersAction[_Parser]", language: Language) -> None:
    architectures = commands.add_parser(
        "architectures",
        help=language(text("list the model types that can be converted")),
        description=language(text("List the model types that can be converted.")),
    )
    architectures.language = language
    architectures.add_argument("--json", action="store_true", help=language(text("print JSON instead of text")))


def _add_planning(
    commands: "argparse._SubParsersAction[_Parser]", name: str, brief: str, full: str, language: Language
) -> "_Parser":
    """A command that plans a conversion, with what a plan can be asked for."""
    raw, types = argparse.RawDescriptionHelpFormatter, _types(language)
    parser = commands.add_parser(
        name, help=language(brief), description=language(full), epilog=types, formatter_class=raw
    )
    parser.language = language
    _add_model(parser, language)
    choice = explained(parse_choice, language)
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
    entry = explained(parse_entry, language)
    parser.add_argument(
        "--metadata", type=entry, action="append", default=[], metavar="KEY=VALUE", help=language(METADATA)
    )
    parser.add_argument(
        "--split-max-size", type=explained(parse_size, language), metavar="SIZE", help=language(SPLIT_MAX_SIZE)
    )
    parser.add_argument("--pre-tokenizer", metavar="NAME", help=language(PRE_TOKENIZER))
    parser.add_argument("--name", type=explained(parse_name, language), metavar="NAME", help=language(NAME))
    parser.add_argument("--json", action="store_true", help=language(text("print JSON instead of text")))
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _add_model(parser: "_Parser", language: Language) -> None:
    """The folder, and adapters to add to its model."""
    parser.add_argument(
        "folder",
        type=explained(some_path, language),
        metavar="FOLDER",
        help=language(text("the model folder, or a file in it; or an adapter's; or a name out of `mlx-ferry models`")),
    )
    parser.add_argument(
        "--adapter",
        type=explained(adapter_choice, language),
        action="append",
        default=[],
        metavar="FOLDER[:STRENGTH]",
        help=language(ADAPTER),
    )


def _types(language: Language) -> str:
    lines = (f"  {kind.value:<9} {language(output.hint)}".rstrip() for kind, output in OUTPUTS.items())
    return "\n".join([language(text("types:")), *lines])
