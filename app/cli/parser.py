"""The command line's grammar and its help. Neither loads what a command needs when it runs."""

import argparse
from collections.abc import Callable, Mapping

from app import __version__
from app.cli.argparse_texts import let_argparse_say
from app.cli.argument_parser import Parser, add_model
from app.cli.deliver_options import add_deliver
from app.cli.option_values import explained, path_to_write, some_path
from app.cli.planning_options import add_convert, add_inspect
from app.core.choices import OutputType
from app.core.language import Language
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

ADAPTER_TYPES = (OutputType.F32, OutputType.F16, OutputType.BF16)


def build_parser(language: Language) -> argparse.ArgumentParser:
    """inspect, convert and the options that belong to neither."""
    let_argparse_say(language)
    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser("mlx-ferry", description=language(DESCRIPTION), epilog=language(EXAMPLES), formatter_class=raw)
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
    for add in COMMANDS.values():
        add(commands, language)
    return parser


def _add_adapter(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
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


def _add_verify(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
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
    add_model(verify, language)
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


def _add_models(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
    models = commands.add_parser(
        "models",
        help=language(text("list the models on this Mac")),
        description=language(
            text(
                "List the models and adapters in Hugging Face's cache, LM Studio, ModelScope's cache and the working "
                "folder. inspect, convert and verify take their names in the place of a folder."
            )
        ),
    )
    models.language = language
    models.add_argument("--json", action="store_true", help=language(text("print JSON instead of text")))
    models.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_architectures(commands: "argparse._SubParsersAction[Parser]", language: Language) -> None:
    architectures = commands.add_parser(
        "architectures",
        help=language(text("list the model types that can be converted")),
        description=language(text("List the model types that can be converted.")),
    )
    architectures.language = language
    architectures.add_argument("--json", action="store_true", help=language(text("print JSON instead of text")))


COMMANDS: Mapping[str, Callable[["argparse._SubParsersAction[Parser]", Language], None]] = {
    "inspect": add_inspect,
    "convert": add_convert,
    "adapter": _add_adapter,
    "verify": _add_verify,
    "deliver": add_deliver,
    "models": _add_models,
    "architectures": _add_architectures,
}
